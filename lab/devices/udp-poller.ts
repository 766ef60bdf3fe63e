/**
 * Polls a device over UDP at a fixed rate, whether or not answers come.
 *   ip netns exec hmi-1 node lab/devices/udp-poller.ts --host 198.18.1.20 --port 2222 --rate 100
 * Prints a line of counts every `--report` seconds and a total when it is stopped.
 */
import { createSocket } from 'node:dgram'
import { onStop, print, readArguments, runDevice } from './arguments.ts'
import { reporting, Tally } from './tally.ts'

await runDevice(() => {
  const settings = { host: undefined, port: 2222, local: 0, rate: 10, timeout: 3000, report: 1 }
  const { host, port, local, rate, timeout, report } = readArguments(settings)
  const tally = new Tally()
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const outstanding = new Map<number, { start: bigint; since: number }>()
  const total = reporting(tally, report * 1000, print)
  const period = 1000 / rate
  const begin = performance.now()
  let sent = 0
  let stopping = false

  const giveUp = () => {
    const now = performance.now()
    for (const [number, { since }] of outstanding) {
      if (now - since < timeout) break
      outstanding.delete(number)
      tally.lost()
      print({ kind: 'lost', at: new Date().toISOString(), why: 'no answer', poll: number })
    }
  }
  const poll = () => {
    const number = sent++
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32BE(number, 4)
    outstanding.set(number, { start: tally.sent(), since: performance.now() })
    // What the kernel refuses to send (no route, no neighbour) is a poll without an answer like any other.
    socket.send(bytes, port, host, () => undefined)
  }
  socket.on('message', (bytes) => {
    const number = bytes.length === 8 ? bytes.readUInt32BE(4) : -1
    const one = outstanding.get(number)
    if (one === undefined) return
    outstanding.delete(number)
    tally.answered(one.start)
    if (stopping && outstanding.size === 0) finish()
  })
  socket.on('error', () => undefined)

  // Timers are late by a millisecond or more: each turn sends what is due by now.
  const timer = setInterval(
    () => {
      giveUp()
      const due = stopping ? 0 : Math.floor((performance.now() - begin) / period) + 1 - sent
      for (let left = due; left > 0; left--) poll()
      if (stopping && outstanding.size === 0) finish()
    },
    Math.max(1, Math.min(period, 50)),
  )
  const finish = () => {
    clearInterval(timer)
    total()
    process.exit(0)
  }
  socket.bind(local, () => print({ kind: 'polling', host, port }))
  onStop(() => {
    stopping = true
    if (outstanding.size === 0) finish()
  }, timeout + 500)
})
