/** Every address and conversation that tshark lists for a public capture was discovered, with as many packets. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Reading } from '#cli/inspect/reading.ts'
import { Observer } from '#discover/observe/observer.ts'
import { readCapture } from '#discover/sources/file.ts'
import type { Recording } from '#discover/observe/recording.ts'
import { withoutCaptures } from '../fixtures/captures.ts'
import { readIndex } from '../oracle/captures.ts'
import { statisticsOf, type EndpointRow } from '../oracle/statistics.ts'
import { withoutTshark } from '../oracle/tshark.ts'

const skip = withoutTshark() ?? withoutCaptures() ?? false
const every = process.env['BULKHEAD_TEST'] === 'long' ? 1 : 20

/** What tshark lists and discovery does not, or otherwise, by a part of the capture's name. */
const exceptions: readonly { readonly capture: string; readonly about: RegExp; readonly because: string }[] = [
  {
    capture: 'ModbusTCP/mb2.pcap',
    about: /^(64:ae:0c:34:ab:98|01:00:0c:cc:cc:cc): /,
    because:
      'tshark counts the frame within a frame of Inter-Switch Link (frame 102) as one more of the same addresses',
  },
]

const record = async (file: string): Promise<Recording> => {
  const observer = new Observer('capture')
  const { skips, digest, bytes } = await readCapture(
    file,
    (one) => observer.record(one),
    () => {},
  )
  return observer.end(skips, { digest, bytes })
}

const isMac = (address: string) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(address)
const pair = (a: string, b: string) => [a, b].toSorted().join(' ')

const differences = async (file: string): Promise<readonly string[]> => {
  const [{ endpoints, conversations }, tshark] = await Promise.all([record(file), statisticsOf(file)])
  const found = new Map<string, { sent: number; received: number }>()
  for (const { address, sent, received } of endpoints.values()) {
    const sum = found.get(address) ?? { sent: 0, received: 0 }
    found.set(address, { sent: sum.sent + sent, received: sum.received + received })
  }
  const rows = (list: readonly EndpointRow[]) =>
    list.flatMap(({ address, sent, received }) => {
      const own = found.get(address)
      return own?.sent === sent && own.received === received
        ? []
        : [
            `${address}: tshark ${sent} sent ${received} received, here ${own?.sent ?? 'none'} and ${own?.received ?? 'none'}`,
          ]
    })
  const known = new Set<string>()
  for (const { client, server, clientMacs, serverMacs, transport, port } of conversations.values()) {
    known.add(pair(client, server))
    for (const mac of clientMacs) for (const other of serverMacs) known.add(pair(mac, other))
    if (transport !== undefined) known.add(`${transport} ${client} ${server} ${port ?? ''}`)
  }
  const { eth, ip, ipv6, tcp, udp } = tshark.conversations
  const missing = [...eth, ...ip, ...ipv6]
    .filter(([a, b]) => !known.has(pair(a, b)))
    .map(([a, b]) => `no ${a} with ${b}`)
  const ported = (transport: string, list: readonly (readonly [string, string])[]) =>
    list.flatMap(([a, b]) => {
      const [, addressA, portA] = /^(.*):(\d+)$/.exec(a) ?? []
      const [, addressB, portB] = /^(.*):(\d+)$/.exec(b) ?? []
      const isKnown =
        known.has(`${transport} ${addressA} ${addressB} ${portB}`) ||
        known.has(`${transport} ${addressB} ${addressA} ${portA}`)
      return isKnown ? [] : [`no ${transport} ${a} with ${b}`]
    })
  const own = new Set([...tshark.ethernet, ...tshark.ip].map(({ address }) => address))
  const invented = [...found.keys()].filter(
    (address) => !own.has(address) && (isMac(address) ? tshark.ethernet.length > 0 : true),
  )
  return [
    ...rows(tshark.ethernet),
    ...rows(tshark.ip),
    ...missing,
    ...ported('tcp', tcp),
    ...ported('udp', udp),
    ...invented.map((address) => `${address}: not in tshark's list`),
  ]
}

/** Reasons for which a message was not read to its end, so that nothing of it counts as asked. */
const unread: ReadonlySet<string> = new Set(['not-protocol', 'cannot-judge', 'opaque'])

/** Commands by who asks whom for what, as `bulkhead inspect` shows them, which is what the oracle holds against tshark. */
const inspected = async (file: string): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  const addressOf = (end: string) => end.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  const reading = new Reading(undefined, ({ from, to, op, role, reason }) => {
    if (op === undefined || role === 'response' || role === 'part' || unread.has(reason ?? '')) return
    const key = `${addressOf(from)} ${addressOf(to)} ${op}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  })
  const { skips } = await readCapture(
    file,
    (one) => reading.record(one),
    () => {},
  )
  reading.end(skips)
  return counts
}

const discovered = async (file: string): Promise<ReadonlyMap<string, number>> => {
  const { conversations, commands } = await record(file)
  const counts = new Map<string, number>()
  for (const [key, rows] of commands) {
    const ends = conversations.get(key)
    for (const { op, from, count } of rows.values()) {
      const [asks, asked] = from === 'client' ? [ends?.client, ends?.server] : [ends?.server, ends?.client]
      const name = `${asks} ${asked} ${op}`
      counts.set(name, (counts.get(name) ?? 0) + count)
    }
  }
  return counts
}

describe('commands are those that the oracle compares with tshark', { skip: withoutCaptures() ?? false }, () => {
  const captures = withoutCaptures() === undefined ? readIndex().filter((_, index) => index % every === 0) : []
  for (const { name, file } of captures)
    test(name, async () => {
      const [one, other] = await Promise.all([inspected(file), discovered(file)])
      const sorted = (counts: ReadonlyMap<string, number>) => [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
      assert.deepEqual(sorted(other), sorted(one))
    })
})

describe('what tshark lists is discovered', { skip }, () => {
  const captures = skip === false ? readIndex().filter((_, index) => index % every === 0) : []
  for (const { name, file } of captures)
    test(name, async () => {
      const because = exceptions.filter(({ capture }) => name.includes(capture))
      const open = (await differences(file)).filter((line) => !because.some(({ about }) => about.test(line)))
      assert.deepEqual(open, [])
    })
})
