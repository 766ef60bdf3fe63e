/**
 * Polls controllers over a long-lived connection, over UDP, and over a new connection each time.
 *   node operator.ts --hosts 198.18.1.10,fd00:198:18::11 --rate 50
 * For every line on standard input it prints its counts once everything sent before is answered or lost.
 */
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { print, readArguments, runDevice } from '#lab/devices/arguments.ts'

/** ms without an answer after which a datagram is sent again, once; the answer must then come within `lostMs`. */
const resendMs = 1000
/** ms. TCP retransmits a segment after 200 ms at the earliest and a SYN after 1 s; a second time after thrice that. */
const lostMs = 3500

const counts = { sent: 0, answered: 0, lost: 0, resent: 0, broken: 0, connections: 0 }
/** Polls by number: when they were sent, and how to send them again. */
const outstanding = new Map<number, { at: number; again?: () => void }>()

const poll = (send: (bytes: Buffer) => void, resend: boolean): void => {
  const number = ++counts.sent
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(number, 4)
  outstanding.set(number, { at: performance.now(), ...(resend ? { again: () => send(bytes) } : {}) })
  send(bytes)
}
const answered = (bytes: Buffer): void => {
  for (let at = 0; at + 8 <= bytes.length; at += 8)
    if (outstanding.delete(bytes.readUInt32BE(at + 4))) counts.answered++
}

const watch = (): void => {
  const now = performance.now()
  for (const [number, one] of outstanding) {
    if (now - one.at > lostMs) {
      outstanding.delete(number)
      counts.lost++
    } else if (one.again !== undefined && now - one.at > resendMs) {
      counts.resent++
      one.again()
      delete one.again
    }
  }
}

/** One connection for good. When it breaks, its outstanding polls are lost, and the next one is opened. */
const standing = (host: string, rate: number): void => {
  const socket = connect({ host, port: 502, noDelay: true })
  let timer: NodeJS.Timeout | undefined
  socket.on('connect', () => (timer = setInterval(() => poll((bytes) => socket.write(bytes), false), 1000 / rate)))
  socket.on('data', answered)
  socket.on('error', () => undefined)
  socket.on('close', () => {
    clearInterval(timer)
    counts.broken++
    setTimeout(() => standing(host, rate), 200)
  })
}

/** A connection for one poll. One that never comes about leaves its poll unanswered. */
const passing = (host: string): void =>
  poll((bytes) => {
    const socket = connect({ host, port: 502, noDelay: true }, () => socket.write(bytes))
    const giveUp = setTimeout(() => socket.destroy(), lostMs + 500)
    socket.on('data', (answer) => {
      answered(answer)
      counts.connections++
      socket.end()
    })
    socket.on('error', () => counts.broken++)
    socket.on('close', () => clearTimeout(giveUp))
  }, false)

await runDevice(() => {
  const { hosts, rate, dials } = readArguments({ hosts: undefined, rate: 50, dials: 10 })
  for (const host of hosts.split(',')) {
    standing(host, rate)
    const datagrams = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    datagrams.on('message', answered)
    datagrams.on('error', () => undefined)
    datagrams.bind(0, () =>
      setInterval(() => poll((bytes) => datagrams.send(bytes, 2222, host, () => undefined), true), 1000 / rate),
    )
    setInterval(() => passing(host), 1000 / dials)
  }
  setInterval(watch, 20)
  createInterface({ input: process.stdin }).on('line', () => {
    const asked = performance.now()
    const timer = setInterval(() => {
      const [oldest] = outstanding.values()
      if (oldest !== undefined && oldest.at <= asked) return
      clearInterval(timer)
      print({ kind: 'counts', ...counts })
    }, 5)
  })
  process.stdin.on('close', () => process.exit(0))
  print({ kind: 'polling' })
})
