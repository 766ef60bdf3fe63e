import { existsSync } from 'node:fs'
import { Argument } from 'commander'
import { Fault } from '#core/errors.ts'
import { inventoryOf } from '#discover/inventory/inventory.ts'
import { proposeAgainst } from '#discover/propose/against/against.ts'
import { propose } from '#discover/propose/propose.ts'
import type { ProposeOptions } from '#discover/propose/proposal.ts'
import { signsOf } from '#discover/signs/signs.ts'
import { openState } from '#discover/state/state.ts'
import { examples, outputOf, type Register } from './command.ts'
import { textIn, writeOut } from './failure.ts'
import { exitCodesText } from './policy/arguments.ts'
import { isAgainst, summaryText } from './propose/summary.ts'

interface Options {
  readonly against?: string
  readonly out?: string
  readonly site?: string
  readonly edge?: string
  readonly port?: readonly string[]
  readonly force?: boolean
}

const name = /^[a-z0-9][a-z0-9._-]{0,62}$/

const named = (option: string, text: string | undefined): Record<string, string> => {
  if (text === undefined) return {}
  if (!name.test(text))
    throw new Fault(
      'usage',
      `--${option} takes a name of lower-case letters, digits, dot, dash and underscore, not \`${text}\`.`,
    )
  return { [option]: text }
}

/** `cell=control,drives`: a port, and the zones behind it. */
const portsOf = (all: readonly string[]): Record<string, readonly string[]> => {
  const ports: Record<string, readonly string[]> = {}
  for (const text of all) {
    const [port = '', zones = '', ...rest] = text.split('=')
    const names = zones.split(',').filter((zone) => zone !== '')
    if (!name.test(port) || names.length === 0 || rest.length > 0)
      throw new Fault('usage', `--port takes a name and its zones, such as cell=control, not \`${text}\`.`)
    ports[port] = [...(ports[port] ?? []), ...names]
  }
  return ports
}

const optionsOf = ({ site, edge, port }: Options): ProposeOptions => ({
  ...named('site', site),
  ...named('edge', edge),
  ...(port === undefined ? {} : { ports: portsOf(port) }),
  now: Date.now(),
})

/** What somebody wrote is not written over, unless it is what the proposal is for. */
const guard = ({ out, against, force }: Options): void => {
  if (out === undefined || out === against || force === true || !existsSync(out)) return
  throw new Fault('refused', `${out} is there already.`, {
    advice: `Add to it with \`--against ${out}\`, name another file, or insist with --force.`,
  })
}

/** What names a new policy says nothing of one that is there. */
const settled = ({ against, site, edge, port }: Options): void => {
  if (against === undefined) return
  const [given] = Object.entries({ site, edge, port }).find(([, value]) => value !== undefined) ?? []
  if (given !== undefined)
    throw new Fault('usage', `--${given} is for a new policy; ${against} has its own.`, {
      advice: `Leave --${given} out, or change it in ${against} yourself.`,
    })
}

const nextOf = (state: string, { out, against }: Options, questions: number): readonly string[] => {
  if (out === undefined)
    return against === undefined
      ? [`bulkhead propose ${state} -o site.yaml`]
      : [`bulkhead propose ${state} --against ${against} -o ${against}`]
  return [
    ...(against === undefined || against === out ? [] : [`bulkhead policy diff ${against} ${out}`]),
    ...(questions === 0 ? [] : [`bulkhead assets questions ${state}   # ${questions} that only a person can answer`]),
    `bulkhead policy check ${out}`,
    `bulkhead simulate --policy ${out} CAPTURES   # what it would deny`,
  ]
}

const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

export const register: Register = (program) => {
  const command = program
    .command('propose')
    .description('propose a site policy from what was discovered')
    .addArgument(new Argument('<state>', 'folder that `bulkhead discover -o` wrote'))
    .option('--against <policy>', 'add to this policy what it does not permit yet, and change nothing else in it')
    .option('-o, --out <file>', 'write the policy there; without it, it is printed')
    .option('--site <name>', 'name of the site')
    .option('--edge <name>', 'name of the edge')
    .option('--port <name=zones>', 'a port of the edge and the zones behind it; give it twice or more', more)
    .option('--force', 'write over a file that is there')
    .action((state: string, options: Options) => {
      const output = outputOf(command)
      settled(options)
      guard(options)
      const wanted = optionsOf(options)
      const opened = openState(state, { readonly: true })
      try {
        const observed = opened.observed()
        const inventory = inventoryOf(observed)
        const signs = signsOf(observed, inventory)
        const { against, out } = options
        const proposal =
          against === undefined
            ? propose(observed, inventory, signs, wanted)
            : proposeAgainst({ name: against, text: textIn(against) }, observed, inventory, signs, wanted)
        if (proposal.defects.length > 0)
          throw new Fault('internal', 'The proposal does not pass its own checks and tests; nothing was written.', {
            details: proposal.defects.map(({ text }) => text),
          })
        if (out !== undefined) writeOut(out, proposal.text)
        const summary = () => summaryText(output, proposal, signs, nextOf(state, options, proposal.questions.length))
        const shown = isAgainst(proposal) ? proposal.diff : proposal.text
        output.result({ ...proposal, signs, ...(out === undefined ? {} : { file: out }) }, () =>
          out === undefined ? shown : summary(),
        )
        // A pipe takes the policy, a person reads about it.
        if (out === undefined && !output.json) output.note(summary())
      } finally {
        opened.close()
      }
    })
  examples(
    command,
    ['bulkhead propose plant -o site.yaml', 'which policy would permit what was seen, and nothing else?'],
    ['bulkhead propose plant --against site.yaml', 'what does the policy not permit that was seen?'],
    ['bulkhead propose plant --against site.yaml -o site.yaml', 'add it, leaving every other line as it is'],
    ['bulkhead propose plant --port plant=supervisory,dmz --port cell=control', 'which zones are behind which port'],
  )
  exitCodesText(
    command,
    [0, 'proposed'],
    [1, 'nothing was seen that could be permitted'],
    [2, 'the state or the policy cannot be read, or an option is wrong'],
    [3, 'the policy to add to has errors, or tests that deny what was seen'],
    [4, 'there is no room left for the file'],
    [7, 'the file to write is there already'],
  )
}
