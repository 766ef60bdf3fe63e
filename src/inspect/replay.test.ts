/** Captures of plants, taken up at any packet: nothing in them is denied where everything of their protocols is allowed. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { AnyCaptureReader } from '#packet/capture.ts'
import { LinkLayer } from '#packet/link-layer.ts'
import { Headers } from '#packet/headers.ts'
import type { CaptureRecord } from '#packet/records.ts'
import { Inspector } from './inspector.ts'
import { PacketSource } from './packet-source.ts'
import type { Ends, Terms } from './program.ts'
import type { TermsSource } from './terms-source.ts'
import { capturesFolder, withoutCaptures } from '../../test/fixtures/captures.ts'
import { Unlimited } from './unlimited.ts'

const isLong = process.env['BULKHEAD_TEST'] === 'long'
/** Places from which one capture is replayed, and packets replayed of it in all. */
const starts = isLong ? 400 : 4
const bound = isLong ? 400_000 : 4000

/** Everything is allowed, and what is not of the protocol would be stopped. */
class AllAllowed implements TermsSource {
  readonly timed = false
  readonly #unlimited = new Unlimited()
  terms(ends: Ends): Terms | undefined {
    const terms = this.#unlimited.terms(ends)
    return terms === undefined ? undefined : { ...terms, passive: true, denyAction: 'exception' }
  }
}

const recordsOf = (file: string): CaptureRecord[] => {
  const reader = new AnyCaptureReader()
  const records: CaptureRecord[] = []
  reader.push(readFileSync(file), (record) => records.push(record.copy()))
  reader.end()
  return records
}

/** What is denied of the records from one on. */
const replay = (records: readonly CaptureRecord[], first: number, most: number) => {
  const denied: string[] = []
  let messages = 0
  let packet = 0
  const inspector = new Inspector(new AllAllowed(), {
    denied: ({ names, ports }, side, { reason, detail, command }) =>
      denied.push(
        `packet ${packet} from ${names[side]}:${ports[side]}: ${reason}, ${detail}${command === undefined ? '' : ` (${command.op})`}`,
      ),
    noticed: () => undefined,
    fault: (_flow, error) => {
      throw error
    },
  })
  const link = new LinkLayer()
  const headers = new Headers()
  const source = new PacketSource()
  for (const { bytes, linkType, number, seconds } of records.slice(first, first + most)) {
    packet = number
    source.now = seconds * 1000
    const { content, offset } = link.read(linkType, bytes)
    if (content === 'other') continue
    if (content === 'ethernet' && !headers.readFrame(bytes, offset, bytes.length)) continue
    const at = content === 'ethernet' ? headers.networkOffset : offset
    inspector.packet(bytes, at, bytes.length, source)
  }
  for (const counts of inspector.counts.values()) messages += counts.messages
  return { denied, messages }
}

/** Captures of what is to be denied: each with its reason. */
const skips: Readonly<Record<string, string>> = {
  'ModbusTCP/modbus_test_data_part': 'made to be malformed: wrong lengths, other protocols, answers to nothing',
  'modbus/modbus.pcap': 'made to be malformed, as modbus_test_data_part1.pcap',
  'modbus/fuzz-72.pcap': 'made by a fuzzer',
  'modbus/fuzz-1011.pcap': 'made by a fuzzer: a request for 147 registers, which no answer has room for',
  'modbus/modbus-and-non-modbus-p502.pcap': 'TLS, RPC and NFS on the port of Modbus',
  'modbus/4SICS-GeekLounge-151022-min.pcap': 'a request whose quantities are zero, which its server refuses',
  'modbus/modbus-eit.pcap': 'a device identification whose objects end before their number is reached',
  'dnp3/direct_operate_crob_malform_but_good_crc.pcap': 'made to be malformed',
  'dnp3/dnp3_test_data_part1.pcap': 'made to be malformed',
  'Traces/dnp3/dnp3.pcap': 'made to be malformed, as dnp3_test_data_part1.pcap',
  'default/pcap/dnp3.pcap': 'made to be malformed, as dnp3_test_data_part1.pcap',
  'conformance/6.6.2.': 'a test procedure of malformed link frames',
  'dnp3/write_vto_empty_string.pcap': 'a virtual terminal without a size',
  'dnp3-max-points/': 'an attack on parsers',
  'dnp3-too-long-reassembly': 'an attack on parsers',
  'dnp3-flowbuffer-overflow': 'an attack on parsers',
  'opcua-binary/tests/traces/pending_overflow.pcap': 'an attack on parsers',
  'bacnet_error_reject_abort.pcap': 'requests made to be refused',
  'bacnet_example.pcap': 'datagrams with bytes behind the length that they state',
  'iec60780-5-104.pcap': 'a byte before a unit that belongs to none',
  'profinet/Profinet_Failed.pcap': 'a second transport connection on a connection that has one',
  'iso9506-1-mms.pcap': 'MMS on the port of S7',
}

describe('a capture replayed from any packet', { skip: withoutCaptures() ?? false }, () => {
  for (const file of globSync(`${capturesFolder}/**/*.pcap*`).toSorted()) {
    const name = file.slice(capturesFolder.length + 1)
    const [, reason] = Object.entries(skips).find(([part]) => name.includes(part)) ?? []
    test(name, { skip: reason ?? false }, () => {
      const records = recordsOf(file)
      const step = Math.max(isLong ? 50 : 1, Math.ceil(records.length / starts))
      for (let first = 0; first < records.length; first += step) {
        const { denied } = replay(records, first, Math.ceil(bound / starts))
        assert.deepEqual(denied.slice(0, 3), [], `from packet ${first + 1} on, ${denied.length} denials`)
      }
    })
  }
})
