import type { Command } from 'commander'
import type { Concluded, Conversation, Device, Fact, Inventory } from '#discover/model.ts'
import { examples, outputOf } from '../command.ts'
import { plural, type Output } from '../output.ts'
import { legible } from '#core/legible.ts'
import { exitCodesText } from '../policy/arguments.ts'
import { deviceArgument } from './list.ts'
import { deviceNamed, readState, stateArgument, withVlan, type Known } from './state.ts'
import { because, cut, percent, serviceText, timeText } from './words.ts'

/** Conversations and facts of one device before the rest is only counted; --all shows them. */
const shownRows = 30
/** Commands named for one conversation. */
const shownOps = 4

export interface Shown {
  readonly device: Device
  readonly conversations: readonly Conversation[]
  readonly questions: Inventory['questions']
}

export const shownOf = ({ observed, inventory }: Known, device: Device): Shown => ({
  device,
  conversations: observed.conversations.filter(
    ({ vlan, client, server }) => inventory.at(vlan, client) === device || inventory.at(vlan, server) === device,
  ),
  questions: inventory.questions.filter((question) => question.device === device.id),
})

const concluded = (title: string, one: Concluded<string | number> | undefined): readonly (readonly string[])[] =>
  one === undefined ? [] : [[title, `${legible(`${one.value}`)} (${percent(one.confidence)}): ${because(one)}`]]

const text = (title: string, value: string | undefined): readonly (readonly string[])[] =>
  value === undefined || value === '' ? [] : [[title, legible(value)]]

const head = (output: Output, device: Device): string => {
  const { kind, level, criticality, vendor, model, firmware, serial, told, conflicts = [] } = device
  const rows = [
    ...concluded('kind', kind),
    ...concluded('level', level),
    ...concluded('criticality', criticality),
    ...concluded('vendor', vendor),
    ...concluded('model', model),
    ...concluded('firmware', firmware),
    ...concluded('serial', serial),
    ...text('names', device.hostnames.join(', ')),
    ...text('IP', device.ips.join(', ')),
    ...text('Ethernet', device.macs.join(', ')),
    ...text('behind router', device.behind),
    ...text('VLAN', device.vlan === 0 ? undefined : `${device.vlan}`),
    ...conflicts.flatMap((conflict) => text('conflict', conflict.text)),
    ...text('seen', device.first === 0 ? 'never' : `${timeText(device.first)} to ${timeText(device.last)}`),
    ...text(
      'packets',
      `${device.sent.toLocaleString('en-US')} sent, ${device.received.toLocaleString('en-US')} received`,
    ),
    ...text('owner', told?.owner),
    ...text('zone', told?.zone),
    ...text('note', told?.note),
    ...(device.silent ? [['answers', 'never: nobody may be there']] : []),
  ]
  const width = Math.max(...rows.map(([title = '']) => title.length))
  return [
    output.paint('bold', device.id),
    ...rows.map(([title = '', value = '']) => `  ${title.padEnd(width)}  ${value}`),
  ].join('\n')
}

const seenAt = ({ evidence: { capture, packet, at } }: Fact | Conversation): string =>
  `${legible(capture)}${packet === 0 ? '' : ` packet ${packet}`}, ${timeText(at)}`

const factsText = (output: Output, facts: readonly Fact[]): string =>
  output.table(facts, [
    { title: 'FACT', cell: ({ name }) => name },
    { title: 'VALUE', cell: ({ value }) => cut(value, 48) },
    { title: 'TOLD BY', cell: ({ source }) => source },
    { title: 'SURE', cell: ({ confidence }) => percent(confidence), right: true },
    { title: 'TIMES', cell: ({ count }) => count, right: true },
    { title: 'FIRST', cell: seenAt },
  ])

const opsText = ({ commands }: Conversation): string => {
  const counts = new Map<string, number>()
  for (const { op, count } of commands) counts.set(op, (counts.get(op) ?? 0) + count)
  const all = [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  const more = all.length > shownOps ? [`+${all.length - shownOps}`] : []
  return [...all.slice(0, shownOps).map(([op, times]) => `${op} ×${times}`), ...more].join(', ')
}

const conversationsText = (output: Output, { device, conversations }: Shown, { inventory }: Known): string => {
  const asks = (one: Conversation): boolean => inventory.at(one.vlan, one.client) === device
  const other = (one: Conversation): string => {
    const address = asks(one) ? one.server : one.client
    return inventory.at(one.vlan, address)?.id ?? address
  }
  return output.table(conversations, [
    { title: '', cell: (one) => (asks(one) ? 'asks' : 'asked by') },
    { title: 'DEVICE', cell: other },
    { title: 'SERVICE', cell: serviceText },
    { title: 'PACKETS', cell: ({ packets: [there, back] }) => `${there} / ${back}`, right: true },
    { title: 'COMMANDS', cell: opsText },
    { title: 'FIRST', cell: seenAt },
  ])
}

const byPackets = (a: Conversation, b: Conversation): number =>
  b.packets[0] + b.packets[1] - a.packets[0] - a.packets[1]

const some = <T>(list: readonly T[], all: boolean): readonly T[] => (all ? list : list.slice(0, shownRows))
const rest = (list: readonly unknown[], shown: readonly unknown[]): readonly string[] =>
  list.length > shown.length ? [`and ${list.length - shown.length} more; --all shows them`] : []

export const showText = (output: Output, shown: Shown, known: Known, all: boolean): string => {
  const { device, conversations, questions } = shown
  const facts = some(device.facts, all)
  const talks = some(conversations.toSorted(byPackets), all)
  return [
    head(output, device),
    ...(device.facts.length === 0 ? [] : ['', factsText(output, facts), ...rest(device.facts, facts)]),
    '',
    output.paint('bold', plural(conversations.length, 'conversation')),
    ...(conversations.length === 0
      ? []
      : [conversationsText(output, { ...shown, conversations: talks }, known), ...rest(conversations, talks)]),
    ...(questions.length === 0 ? [] : ['', ...questions.map((question) => legible(question.text))]),
  ].join('\n')
}

export const registerShow = (assets: Command): void => {
  const show = withVlan(assets.command('show'))
    .description('show everything that is known about a device, and which packet says so')
    .addArgument(stateArgument())
    .addArgument(deviceArgument())
    .option('--all', 'every fact and conversation, however many')
    .action((path: string, name: string, options: { vlan?: string; all?: boolean }, command: Command) => {
      const output = outputOf(command)
      const known = readState(path)
      const shown = shownOf(known, deviceNamed(known.inventory, name, options.vlan))
      output.result(shown, () => showText(output, shown, known, options.all === true))
    })
  examples(
    show,
    ['bulkhead assets show plant 198.18.1.10', 'what is this address, and how do we know?'],
    ['bulkhead assets show plant plc-198.18.1.10 --all', 'and everybody it speaks with'],
  )
  exitCodesText(show, [0, 'shown'], [1, 'there is no such device, or nothing was discovered'])
}
