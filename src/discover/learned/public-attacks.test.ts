/** Engineering and attacks in public captures: whatever a capture holds, what it teaches permits none of that. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { withoutCaptures } from '../../../test/fixtures/captures.ts'
import { readIndex, recordsOf } from '../../../test/oracle/captures.ts'
import { movedApart } from './apart.ts'
import { enforcedOn, learnApart, observedIn, type Learned } from './learning.ts'
import { permittedAttacks } from './permitted-attacks.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
const skip = withoutCaptures() ?? false

interface Row {
  /** The end of the capture's path. */
  readonly capture: string
  /** Commands of it that have to be denied, so that nobody mistakes an unread capture for a harmless one. */
  readonly denied: readonly string[]
  readonly signs: readonly string[]
}

const stop = 'device-stop T0858 T0816'
const restart = 'device-stop T0816'
const download = 'program-download T0843'
const upload = 'program-upload T0845'

const rows: readonly Row[] = [
  { capture: 's7/snap7_s300_stop.pcapng', denied: ['plc-stop'], signs: [stop] },
  {
    capture: 's7/step7_s300_download.pcapng',
    denied: ['activate-block', 'download', 'download-ended', 'request-download'],
    signs: [download],
  },
  {
    capture: 's7/tia_s300_downloadHwConfig.pcapng',
    denied: [
      'activate-block',
      'delete-block',
      'download',
      'download-ended',
      'plc-start',
      'plc-stop',
      'request-download',
    ],
    signs: [stop, download],
  },
  { capture: 's7/step7_s300_copyRamToRom.pcapng', denied: ['copy-ram-to-rom'], signs: [download] },
  { capture: 's7/step7_s300_AuthPassword.pcapng', denied: ['plc-password'], signs: [] },
  {
    capture: 'traces/snap7.pcap',
    denied: ['compress-memory', 'copy-ram-to-rom', 'end-upload', 'plc-start', 'plc-stop', 'start-upload', 'upload'],
    signs: [stop, download, upload],
  },
  {
    capture: 'default/pcap/umas.pcap',
    denied: [
      'umas-download-block',
      'umas-end-strategy-download',
      'umas-initialize-download',
      'umas-take-plc-reservation',
    ],
    signs: [download],
  },
  {
    capture: 'modbus/modbus.pcap',
    denied: ['clear-counters-and-diagnostic-register', 'force-listen-only-mode', 'restart-communications-option'],
    signs: [stop],
  },
  { capture: 'dnp3/cold_restart_and_response.pcap', denied: ['cold-restart'], signs: [restart] },
  { capture: 'dnp3/warm_restart_and_response.pcap', denied: ['warm-restart'], signs: [restart] },
  {
    capture: 'dnp3/dnp3_file_write.pcap',
    denied: ['close-file', 'open-file-to-write', 'write-file'],
    signs: [download, upload],
  },
  { capture: 'dnp3/dnp3_file_del.pcap', denied: ['delete-file'], signs: [download] },
  {
    capture: 'traces/bacnet_services.pcap',
    denied: ['atomic-read-file', 'atomic-write-file', 'device-communication-control', 'reinitialize-device'],
    signs: [stop, download, upload],
  },
  { capture: 'pcaps/opcua_with-gap_with-handshake.pcap', denied: ['add-nodes', 'call'], signs: [download] },
  { capture: 'modbus/fuzz-72.pcap', denied: ['unlisted', 'user-defined-function'], signs: [] },
  { capture: 'modbus/modbus-and-non-modbus-p502.pcap', denied: [], signs: [] },
]

const readApart = (file: string) => movedApart(recordsOf(file))

/** Of a capture in which nothing can be permitted there is no proposal, and nothing of it is permitted. */
const learnedFrom = (file: string, name: string): Learned | undefined => {
  try {
    return learnApart(observedIn(readApart(file), name))
  } catch (error) {
    if (error instanceof Fault && error.code === 'not-found') return undefined
    throw error
  }
}

describe('no engineering and no attack is permitted by what is learned of', { skip }, () => {
  const captures = skip === false ? readIndex() : []
  for (const { capture, denied, signs } of rows)
    test(capture, () => {
      const found = captures.filter(({ name }) => name.endsWith(capture))
      assert.equal(found.length, 1, `${found.length} captures are called ${capture}`)
      const file = found[0]?.file ?? ''
      const learned = learnedFrom(file, capture)
      assert.ok(learned !== undefined, 'nothing was learned')
      const result = enforcedOn(learned.proposal, readApart(file))
      assert.deepEqual(permittedAttacks(learned, result), [])
      const isEngineering = (risk: string | undefined) => risk === 'program' || risk === 'file' || risk === 'control'
      const stopped = result.commands.filter(({ risk, outcome }) => isEngineering(risk) && outcome.denied > 0)
      assert.deepEqual([...new Set(stopped.map(({ op }) => op))].toSorted(), denied)
      const kinds = new Set(learned.signs.map(({ kind, techniques }) => [kind, ...techniques].join(' ')))
      assert.deepEqual(
        signs.filter((sign) => !kinds.has(sign)),
        [],
        [...kinds].join(', '),
      )
    })
})

describe('nor of any capture that there is', { skip: skip || (!long && 'with BULKHEAD_TEST=long') }, () => {
  for (const { name, file } of long && skip === false ? readIndex() : [])
    test(name, () => {
      const learned = learnedFrom(file, name)
      if (learned !== undefined)
        assert.deepEqual(permittedAttacks(learned, enforcedOn(learned.proposal, readApart(file))), [])
    })
})
