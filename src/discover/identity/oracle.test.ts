/** tshark reads the same bytes: those of the golden messages, and those of the public captures. */
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ethernet, ipv4, tcp, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { linkTypes } from '#packet/link-layer.ts'
import { PcapWriter } from '#packet/pcap-writer.ts'
import { recordsOf } from '../../../test/oracle/captures.ts'
import type { Row } from '../../../test/oracle/oracle.ts'
import { askTshark, withoutTshark } from '../../../test/oracle/tshark.ts'
import { capturesFolder, withoutCaptures } from '../../../test/fixtures/captures.ts'
import type { Golden } from './golden.ts'
import { goldens } from './goldens.ts'
import { filter, shown, sightingsIn } from './oracle.ts'
import { presentable } from './text.ts'

const isLong = process.env['BULKHEAD_TEST'] === 'long'

const ask = async (file: string, frames: string, fields: readonly string[]): Promise<ReadonlyMap<number, Row>> => {
  const nothing = { protocol: 'identity', expected: () => [], ours: () => [] }
  return (await askTshark(file, { ...nothing, filter: frames, fields })).rows
}

const macs = { src: '00:1b:1b:aa:00:10', dst: '00:1b:1b:aa:00:70' }
const ips = { src: '198.18.1.10', dst: '198.18.2.70' }

/** A golden message as a frame; connections have a port of the client each, so that tshark puts none together. */
const frameOf = ({ carrier, bytes: payload }: Golden, index: number): Uint8Array => {
  if ('etherType' in carrier) return ethernet({ ...macs, etherType: carrier.etherType, payload })
  const isUdp = 'sport' in carrier
  const client = 40_000 + index
  const flags = tcpFlags.ack | tcpFlags.psh
  const segment = isUdp
    ? udp(ips, { ...carrier, payload })
    : tcp(ips, {
        sport: carrier.fromClient ? client : carrier.port,
        dport: carrier.fromClient ? carrier.port : client,
        seq: 1000,
        ack: 5000,
        flags,
        payload,
      })
  const proto = isUdp ? ipProtocols.udp : ipProtocols.tcp
  return ethernet({ ...macs, etherType: etherTypes.ipv4, payload: ipv4({ ...ips, proto, payload: segment }) })
}

describe(
  'tshark reads in the golden messages what they were written to say',
  { skip: withoutTshark() ?? false },
  () => {
    const checked = goldens.filter(({ tshark }) => tshark !== undefined)
    const fields = [...new Set(checked.flatMap(({ tshark = {} }) => Object.keys(tshark)))]
    const rows = (async () => {
      const folder = mkdtempSync(join(tmpdir(), 'bulkhead-identity-'))
      const file = join(folder, 'golden.pcap')
      const writer = new PcapWriter()
      const records = checked.map((golden, index) => writer.record(frameOf(golden, index), 1_772_431_200 + index, 0))
      writeFileSync(file, Buffer.concat([writer.header(), ...records]))
      try {
        return await ask(file, 'frame', fields)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })()
    for (const [index, { sentence, tshark = {} }] of checked.entries())
      test(sentence, async () => {
        const row = (await rows).get(index + 1)
        for (const [field, value] of Object.entries(tshark))
          assert.ok(row?.[field]?.includes(value), `${field} is ${row?.[field]?.join(', ')}`)
      })
  },
)

/** Captures with most of these protocols; the others have few or none. */
const chosen = [
  'ITI-ICS-Security-Tools/pcaps/profinet/**',
  'ITI-ICS-Security-Tools/pcaps/beckoff/addroute*.pcapng',
  'ITI-ICS-Security-Tools/pcaps/s7/S7Comm/wrapup.pcapng',
  'ITI-ICS-Security-Tools/pcaps/MELSEC/melsoft_UDP_unclean_1.pcap',
  'ITI-ICS-Security-Tools/pcaps/ModbusTCP/mb2.pcap',
  'OISF-suricata-verify/tests/enip-keywords/*',
]
const every = ['**/*.{pcap,pcapng,cap}']

const fields = [...new Set(shown.flatMap(({ field, when = {} }) => [field, ...Object.keys(when)]))]

/** What tshark reads in each of several captures, from one run: it takes longer to start than to read one of them. */
const askTogether = async (names: readonly string[]): Promise<ReadonlyMap<string, readonly Row[]>> => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-identity-'))
  const file = join(folder, 'all.pcap')
  const writer = new PcapWriter()
  const parts = [writer.header()]
  const owners: string[] = []
  for (const name of names) {
    for (const { linkType, bytes, wireLength } of recordsOf(join(capturesFolder, name))) {
      assert.equal(linkType, linkTypes.ethernet, name)
      parts.push(writer.record(bytes, owners.push(name), 0, wireLength))
    }
  }
  writeFileSync(file, Buffer.concat(parts))
  const found = new Map<string, Row[]>(names.map((name) => [name, []]))
  try {
    for (const [frame, row] of await ask(file, filter, fields)) found.get(owners[frame - 1] ?? '')?.push(row)
  } finally {
    rmSync(folder, { recursive: true })
  }
  return found
}

const compare = (file: string, rows: Iterable<Row>): { expected: ReadonlySet<string>; ours: ReadonlySet<string> } => {
  const ours = new Set<string>()
  sightingsIn(recordsOf(file), ({ name, value }) => ours.add(`${name}: ${value}`))
  const expected = new Set<string>()
  for (const row of rows)
    for (const { field, name, when = {}, words } of shown) {
      if (!Object.entries(when).every(([condition, value]) => row[condition]?.includes(value) === true)) continue
      for (const value of row[field] ?? []) {
        const text = presentable(words === undefined ? value : (words(value) ?? ''))
        if (text !== '') expected.add(`${name}: ${text}`)
      }
    }
  return { expected, ours }
}

const without = withoutTshark() ?? withoutCaptures()

describe('what tshark shows of devices in a capture is found', { skip: without ?? false }, () => {
  const found = without === undefined ? globSync(isLong ? every : chosen, { cwd: capturesFolder }).toSorted() : []
  const files = found.filter((file) => /\.(?:pcap|pcapng|cap)$/.test(file))
  let together: ReturnType<typeof askTogether> | undefined
  let compared = 0
  for (const name of files)
    test(name, async () => {
      const file = join(capturesFolder, name)
      // All that there are have links of every kind: one by one.
      const rows = isLong
        ? (await ask(file, filter, fields)).values()
        : (await (together ??= askTogether(files))).get(name)
      const { expected, ours } = compare(file, rows ?? [])
      compared += expected.size
      assert.deepEqual(
        [...expected].filter((line) => !ours.has(line)),
        [],
      )
    })
  test('there was something to compare', () => assert.ok(compared > 20, `${compared}`))
})
