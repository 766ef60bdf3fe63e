/** Normal traffic in public captures: what the first 60 % taught, against the rest, with an edge between every two devices. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import type { CaptureRecord } from '#packet/records.ts'
import type { Site } from '#schema/site.ts'
import { withoutCaptures } from '../../../test/fixtures/captures.ts'
import { readIndex, recordsOf } from '../../../test/oracle/captures.ts'
import type { Observed } from '../model.ts'
import type { CommandResult } from '../simulate/index.ts'
import { enforcedOn, learn, learnApart, observedIn, type Learned } from './learning.ts'
import { looseIn } from './tight.ts'

/** Share of the capture that is learned from, by packets. */
const learned = 0.6
/** Of the messages of the rest, the share that may be denied. */
const mayBeDenied = 0.001
const long = process.env['BULKHEAD_TEST'] === 'long'

interface Row {
  /** A part of the capture's path. */
  readonly capture: string
  /** Messages that nothing in the first part could have taught, and why. */
  readonly except?: { readonly because: string; readonly is: (command: CommandResult) => boolean }
  /** Only at full counts. */
  readonly long?: true
}

const rows: readonly Row[] = [
  { capture: 'modbus/modbusBig.pcap' },
  { capture: 'Modbus/modbus_test.pcap' },
  { capture: 'Modbus/modbus_test_2.pcap' },
  { capture: 'ModbusTCP/mb2.pcap' },
  {
    capture: 's7/S7Comm/s7comm_clean.pcap',
    except: {
      because: 'two requests are in it twice: from their client, and from a router that has another Ethernet address',
      is: ({ op, outcome }) => op === 'read-var' && outcome.reason === 'conversation-denied' && outcome.denied === 2,
    },
  },
  { capture: 's7/step7_s300_readDiagData.pcapng' },
  { capture: 's7/step7_s300_readVarTab.pcapng', long: true },
  { capture: 's7/tia_s300_goOnline.pcapng', long: true },
  { capture: 's7/wincc_s300_setup-alarm-read-write.pcapng', long: true },
  { capture: 's7/wincc_s300_setup-alarm-read.pcapng', long: true },
  { capture: 's7/wincc_s300_setup-alarm-read_2.pcapng', long: true },
  { capture: 'default/pcap/ethernetIP.pcap', long: true },
  {
    capture: 's7/wincc_s400_production.pcapng',
    except: {
      because: 'an operator opens pictures that nobody had opened before; each has a data block of its own',
      is: ({ object }) => /^db (134|151|158) /.test(object),
    },
  },
  {
    capture: 'CIP/cip_only.pcap',
    except: {
      because: 'an engineering station that read a program before opens data tables, each of them for the first time',
      is: ({ op }) => op === 'pccc-protected-typed-logical-read',
    },
    long: true,
  },
  {
    capture: 'traces/bacnet_example.pcap',
    except: {
      because: 'its broadcasts were recorded as frames to one Ethernet address, so that they are for nobody known',
      is: ({ server }) => server.endsWith('.255'),
    },
    long: true,
  },
]

/** Risks that a proposal leaves to a person, so that their messages are denied until somebody decides. */
const isEngineering = ({ risk }: CommandResult): boolean => risk === 'program' || risk === 'file' || risk === 'control'

const skip = withoutCaptures() ?? false
const capturesOf = ({ capture }: Row): readonly CaptureRecord[] => {
  const found = readIndex().filter(({ name }) => name.endsWith(capture))
  assert.equal(found.length, 1, `${found.length} captures are called ${capture}`)
  return [...recordsOf(found[0]?.file ?? '')]
}

const messages = (commands: Iterable<{ readonly count: number }>): number =>
  Iterator.from(commands).reduce((sum, { count }) => sum + count, 0)

describe('what the first 60 % of a capture taught permits the rest of', { skip }, () => {
  for (const row of rows)
    test(row.capture, { skip: row.long === true && !long && 'with BULKHEAD_TEST=long' }, (t) => {
      const records = capturesOf(row)
      const cut = Math.floor(records.length * learned)
      const { proposal } = learnApart(observedIn(records.slice(0, cut), row.capture))
      assert.deepEqual(proposal.defects, [])
      const rest = records.slice(cut)
      const { commands } = enforcedOn(proposal, rest)
      const judged = messages(commands)
      const all = messages(observedIn(rest, 'rest').conversations.flatMap((each) => each.commands))
      assert.ok(judged >= all && all > 50, `${judged} of ${all} messages were judged`)

      const isExcepted = row.except?.is ?? (() => false)
      const denied = commands.filter(({ outcome }) => outcome.denied > 0)
      const count = (of: readonly CommandResult[]) => of.reduce((sum, { outcome }) => sum + outcome.denied, 0)
      const engineering = denied.filter(isEngineering)
      const excepted = denied.filter((command) => !isEngineering(command) && isExcepted(command))
      const wrongly = denied.filter((command) => !isEngineering(command) && !isExcepted(command))
      t.diagnostic(
        `${judged} messages: ${count(wrongly)} denied (${((count(wrongly) / judged) * 100).toFixed(2)} %), ` +
          `${count(engineering)} of engineering, ${count(excepted)} excepted${row.except === undefined ? '' : `: ${row.except.because}`}`,
      )
      assert.ok(
        count(wrongly) <= judged * mayBeDenied,
        wrongly.map(({ op, object, outcome }) => `${outcome.denied} ${op} ${object}: ${outcome.because}`).join('\n'),
      )
      assert.equal(excepted.length > 0, row.except !== undefined, 'the exception is not needed any more')
    })
})

/** Of a capture in which nothing can be permitted there is no proposal. */
const proposedFor = (how: (observed: Observed) => Learned, observed: Observed): Site | undefined => {
  try {
    return how(observed).proposal.site
  } catch (error) {
    if (error instanceof Fault && error.code === 'not-found') return undefined
    throw error
  }
}

describe('a proposal permits nothing that was not seen in', { skip }, () => {
  const all = skip === false ? readIndex() : []
  const short = rows.filter((row) => row.long !== true)
  for (const { name, file } of all.filter((each) => long || short.some(({ capture }) => each.name.endsWith(capture))))
    test(name, () => {
      const observed = observedIn(recordsOf(file), name)
      for (const how of [learn, learnApart]) {
        const site = proposedFor(how, observed)
        if (site !== undefined) assert.deepEqual(looseIn(site, observed), [])
      }
    })
})
