import { Argument } from 'commander'
import { exitCodes, Fault } from '#core/errors.ts'
import { Program } from '#inspect/program.ts'
import { captureAdvice, skipReasons } from '#packet/records.ts'
import { loadPolicy } from '#policy/load.ts'
import { examples, outputOf, type Register } from './command.ts'
import { readCapture } from '#discover/sources/file.ts'
import { Reading } from './inspect/reading.ts'
import { rowText, rowTitles, type Row } from './inspect/rows.ts'
import { summaryText } from './inspect/summary.ts'
import { exitCodesText } from './policy/arguments.ts'
import { planOf } from './policy/plan-of.ts'
import { progressLine } from './progress.ts'

interface Options {
  readonly policy?: string
  readonly edge?: string
  readonly all?: boolean
}

/** Commands asked for, and whatever is denied; answers, parts, and what only keeps a session going when all is asked for. */
const isShown = ({ role, verdict, op, risk }: Row, all: boolean): boolean =>
  all ||
  verdict === 'denied' ||
  verdict === 'noted' ||
  (role !== 'response' && role !== 'part' && op !== undefined && risk !== 'session')

const nameOf = (file: string): string => (file === '-' ? 'Standard input' : file)

const termsOf = ({ policy, edge }: Options): Program | undefined => {
  if (policy === undefined) {
    if (edge !== undefined)
      throw new Fault('usage', '--edge says which edge of a policy is meant, and there is no --policy.')
    return undefined
  }
  const { site } = loadPolicy(policy)
  const { name, plan } = planOf(site, edge)
  const program = new Program(plan)
  if (program.conduits.length === 0)
    throw new Fault('usage', `No conduit of edge \`${name}\` has commands to judge.`, {
      advice: 'Add `allow:` to a conduit, or leave --policy out to see every command.',
    })
  return program
}

export const register: Register = (program) => {
  const command = program
    .command('inspect')
    .description('judge every command in a capture as an edge would, or just show them')
    .addArgument(new Argument('<file>', 'pcap or pcapng, also compressed with gzip; - is standard input'))
    .option('--policy <file>', 'judge by this site policy; without one everything is shown and nothing denied')
    .option('--edge <name>', 'edge of the policy; may be left out where there is only one')
    .option('--all', 'also answers, parts of messages, what only keeps a session going, and every row of the summary')
    .action(async (file: string, options: Options) => {
      const output = outputOf(command)
      const terms = termsOf(options)
      const judged = terms !== undefined
      const all = options.all === true
      let day = ''
      const reading = new Reading(terms, (row) => {
        if (!isShown(row, all)) return
        if (!output.json && row.time.slice(0, 10) !== day) {
          day = row.time.slice(0, 10)
          output.say(`${output.paint('bold', day)} (UTC)\n${rowTitles(output, judged)}`)
        }
        output.record(row, () => rowText(output, row))
      })
      const progress = progressLine()
      let packets = 0
      const { skips, broken, isEmpty } = await readCapture(
        file,
        (record) => {
          packets++
          reading.record(record)
        },
        (reach) => progress.update({ ...reach, packets }),
      ).finally(() => progress.end())
      if (isEmpty) throw new Fault('file-unreadable', `${nameOf(file)} is empty.`)
      if (skips.some(({ at, why }) => at === 0 && why === 'not-a-capture'))
        throw new Fault('file-unreadable', `${nameOf(file)} is no capture: ${skipReasons['not-a-capture']}.`, {
          advice: captureAdvice,
        })
      const summary = reading.end(skips, broken)
      output.record({ summary }, () => `${day === '' ? '' : '\n'}${summaryText(output, summary, { judged, all })}`)
      if (judged && summary.messages === 0)
        output.note(
          'bulkhead: nothing was judged: no conduit with `allow:` covers a conversation of this capture. Are its addresses and VLANs those of the policy?',
        )
      if (judged && summary.denied > 0) process.exitCode = exitCodes.failed
    })
  examples(
    command,
    ['bulkhead inspect line1.pcap', 'who asks what of whom?'],
    ['bulkhead inspect line1.pcap.gz --policy site.yaml --edge cell-1-edge', 'what would this policy deny?'],
    ['bulkhead inspect line1.pcap --policy site.yaml --json', 'the same for a program: one JSON value per line'],
  )
  exitCodesText(
    command,
    [0, 'read; with --policy: nothing was denied'],
    [1, 'with --policy: something was denied'],
    [2, 'a file cannot be read, or there is no such edge'],
    [3, 'the policy has errors'],
  )
}
