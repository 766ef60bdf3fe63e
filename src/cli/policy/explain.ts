import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import type { Explained, Explanation } from '#policy/explain.ts'
import type { Query } from '#policy/query.ts'
import { examples, outputOf } from '../command.ts'
import type { Output } from '../output.ts'
import { exitCodesText, policyFile } from './arguments.ts'

interface Options {
  readonly from: string
  readonly to: string
  readonly service: string
  readonly op?: string
  readonly at?: string
  readonly edge?: string
  readonly port?: string
  readonly mac?: string
  readonly vlan?: string
  readonly given?: string
  readonly authenticated?: boolean
  readonly field?: readonly string[]
}

/** Words of a question that are options themselves: a field must not say otherwise. */
const ownOption = new Set([
  'from',
  'to',
  'service',
  'op',
  'at',
  'edge',
  'port',
  'mac',
  'vlan',
  'given',
  'authenticated',
])

const numberOrText = (text: string): string | number => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text)

/** What tests of a policy may say, too. */
const ownWord: ReadonlySet<string> = new Set([...ownOption, 'expect', 'risk'])

/** What the question knows besides the fields of its command are options here, and no fields. */
const unknownField = async (name: string, expected = ''): Promise<Fault> => {
  const { nearest } = await import('#policy/suggest.ts')
  const fields = expected.split(', ').filter((word) => word !== '' && !ownWord.has(word))
  const near = nearest(name, fields)
  return new Fault(
    'usage',
    `\`${name}\` is no field of this command${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      advice: fields.length === 0 ? 'Its commands have no fields.' : `--field takes one of ${fields.join(', ')}.`,
    },
  )
}

const queryOf = ({ field = [], vlan, ...rest }: Options): Query => {
  const fields = field.map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw new Fault('usage', `--field takes name=value, such as register=100, not \`${text}\`.`)
    const name = text.slice(0, at)
    if (ownOption.has(name))
      throw new Fault('usage', `--field takes a field of the command; \`${name}\` is not one.`, {
        advice: `Say it with --${name}.`,
      })
    return [name, numberOrText(text.slice(at + 1))] as const
  })
  return { ...rest, ...(vlan === undefined ? {} : { vlan: numberOrText(vlan) }), ...Object.fromEntries(fields) }
}

const verdictStyle = {
  permit: 'green',
  redirect: 'yellow',
  decoy: 'yellow',
  deny: 'red',
  contain: 'red',
  spoof: 'red',
} as const
const verdictWord: Readonly<Record<Explained['answer'], string>> = {
  permit: 'permitted',
  redirect: 'redirected',
  decoy: 'answered by a decoy',
  deny: 'denied',
  contain: 'denied and contained',
  spoof: 'denied as spoofed',
}

const verdictLine = (output: Output, { answer, because, reason }: Explained) =>
  `${output.paint(['bold', verdictStyle[answer]], verdictWord[answer])}: ${because} [${reason}]`

const explainedLines = (explained: Explained, file: string): string[] => {
  const { rule, trace, events } = explained
  const width = Math.max(...trace.map(({ check }) => check.length), 0)
  return [
    ...(rule === undefined ? [] : [`  decided by ${rule.kind} ${rule.id} (${file}:${rule.line})`]),
    ...trace.map(
      ({ check, result, line }) =>
        `    ${check.padEnd(width)}  ${result}${line === undefined ? '' : ` (line ${line})`}`,
    ),
    ...events.map((event) => `  note: ${event}`),
  ]
}

const human = (output: Output, file: string, what: string, { asked, now, pending, nearest }: Explanation): string =>
  [
    `${asked}: ${what}`,
    verdictLine(output, now),
    ...explainedLines(now, file),
    ...(pending === undefined
      ? []
      : [`once enforced, ${verdictLine(output, pending)}`, ...explainedLines(pending, file)]),
    ...(nearest === undefined
      ? []
      : [
          `nearest conduit: ${nearest.conduit} (${file}:${nearest.line}), but`,
          ...nearest.failed.map(({ condition, detail, line }) => `  ${condition}: ${detail} (line ${line})`),
        ]),
  ].join('\n')

export const registerExplain = (policy: Command): void => {
  const command = policy
    .command('explain')
    .description('say whether a conversation or command is permitted, and why')
    .addArgument(policyFile())
    .requiredOption('--from <who>', 'asset, address, group or zone that opens the conversation')
    .requiredOption('--to <who>', 'asset, address, group or zone it is for')
    .requiredOption('--service <name>', 'protocol, tcp/1234, udp/1234, icmp, …')
    .option('--op <command>', 'command of the protocol')
    .option(
      '--field <name=value>',
      'field of the command, such as register=100; again for another',
      (text: string, all: readonly string[] | undefined) => [...(all ?? []), text],
    )
    .option('--given <values>', 'values seen before, such as "register 40 = 1"')
    .option('--at <time>', 'time at the site, such as 2026-11-28T03:00; now when absent')
    .option('--edge <name>', 'only on this edge')
    .option('--port <name>', 'port of the edge it comes in by')
    .option('--mac <address>', 'Ethernet address it comes from')
    .option('--vlan <id>', 'VLAN it comes in')
    .option('--authenticated', 'the source has logged in at the portal')
    .action(async (file: string, options: Options, self: Command) => {
      const { explain } = await import('#policy/explain.ts')
      const { loadPolicy } = await import('#policy/load.ts')
      const output = outputOf(self)
      const { site, source } = loadPolicy(file)
      const { explanations, faults } = explain(site, source, queryOf(options))
      const fault = faults[0]
      if (fault !== undefined) {
        const { key, message, expected, nearest: near } = fault
        if (options.field?.some((text) => text.startsWith(`${key}=`)) === true && message.startsWith('unknown key'))
          throw await unknownField(key, expected)
        throw new Fault(
          'usage',
          `${message[0]!.toUpperCase()}${message.slice(1)}${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
          expected === undefined || near !== undefined ? {} : { details: [`expected ${expected}`] },
        )
      }
      if (explanations.length === 0)
        throw new Fault(
          'not-found',
          `No edge stands between \`${options.from}\` and \`${options.to}\`, so this policy does not decide about them.`,
          {
            advice: 'Check `zones` under the ports of `edges:`, or name the port it comes in by with --port.',
          },
        )
      const what = [options.service, ...(options.op === undefined ? [] : [options.op]), ...(options.field ?? [])].join(
        ' ',
      )
      output.result({ file: source.file, explanations }, () =>
        explanations.map((each) => human(output, source.file, what, each)).join('\n\n'),
      )
    })
  examples(
    command,
    [
      'bulkhead policy explain site.yaml --from ews-1 --to plc-fill --service s7comm --op download',
      'why is the download denied?',
    ],
    [
      'bulkhead policy explain site.yaml --from hmi-1 --to plc-fill --service modbus --op write-single-register --field unit=1 --field register=100 --field value=900',
      'may it write this?',
    ],
    [
      'bulkhead policy explain site.yaml --from ews-1 --to plcs --service s7comm --at 2026-11-28T03:00',
      'and at the weekend?',
    ],
  )
  exitCodesText(
    command,
    [0, 'explained, whatever the verdict'],
    [1, 'no edge stands between the two'],
    [2, 'the question or the file cannot be read'],
    [3, 'the policy has errors'],
  )
}
