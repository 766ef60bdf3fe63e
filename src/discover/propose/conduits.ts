/** Conduits from blocks, and engineering as conduits that a person may uncomment. */
import type { Conduit, Site } from '#schema/site.ts'
import { whenText } from '#policy/when.ts'
import type { Command, Device } from '../model.ts'
import { cutShort } from '../observe/recording.ts'
import { allowLines, allowOf } from './allow.ts'
import type { Block } from './grouping.ts'
import { groupWord } from './names.ts'
import type { Decision, ProposedConduit } from './proposal.ts'
import { askingOf, unnamedOf } from './unnamed.ts'
import { protocolAt } from './services.ts'
import { cutIn } from './unread.ts'
import { block as blockLines, comment, field } from './yaml.ts'
import { conduitEvidence, count } from './words.ts'

/** Names sets of devices: one by its own name, several by a group that is made once. */
export interface Ends {
  readonly nameOf: (devices: readonly Device[]) => string
  readonly groups: Site['groups']
}

/** @param known groups that there are already: a set of assets that one of them is keeps its name */
export const endsOf = (naming: (wanted: string) => string, known: Site['groups'] = {}): Ends => {
  const names = new Map<string, string>(
    Object.entries(known).flatMap(([name, { assets, ...more }]) =>
      assets === undefined || Object.keys(more).length > 0 ? [] : [[assets.toSorted().join(' '), name] as const],
    ),
  )
  const groups: Site['groups'] = {}
  return {
    groups,
    nameOf: (devices) => {
      const [only] = devices
      if (devices.length === 1 && only !== undefined) return only.id
      const assets = devices.map(({ id }) => id).toSorted()
      const key = assets.join(' ')
      const same = names.get(key)
      if (same !== undefined) return same
      const name = naming(groupWord(devices.map(({ kind }) => kind.value)))
      names.set(key, name)
      groups[name] = { assets }
      return name
    },
  }
}

/** A conduit with its lines of YAML. */
export interface Written extends ProposedConduit {
  readonly lines: readonly string[]
  readonly block: Block
}

const reasonOf = ({ clients, servers, service, conversations }: Block): string => {
  const names = (devices: readonly Device[]) => [...new Set(devices.map(({ kind }) => kind.value))].toSorted().join('/')
  return `seen: ${names(clients)} to ${names(servers)}, ${service}, ${count(conversations.length, 'conversation')}`
}

const faultsOf = ({ conversations, protocol }: Block): readonly string[] => {
  const faults = new Map<string, number>()
  for (const { faults: all } of conversations)
    for (const [why, times] of Object.entries(all))
      if (why !== cutShort) faults.set(why, (faults.get(why) ?? 0) + times)
  const total = [...faults.values()].reduce((sum, times) => sum + times, 0)
  if (total === 0) return []
  const reasons = [...faults.keys()].toSorted().join(', ')
  return protocol === undefined
    ? [`${count(total, 'message')} could not be read (${reasons}): its commands cannot be judged.`]
    : [`${count(total, 'message')} could not be read (${reasons}) and would be denied.`]
}

/** What nobody can tell of its commands, and what becomes of them. */
const unreadOf = ({ service, protocol, conversations }: Block): readonly string[] => {
  const cut = cutIn(conversations)
  if (protocol !== undefined)
    return cut === 0 ? [] : [`${count(cut, 'packet')} recorded cut short: what they asked for would be denied.`]
  const name = protocolAt(service)
  return name === undefined ? [] : [`No command of ${name} could be judged: all of them are permitted.`]
}

const opaqueOf = ({ protocol, conversations }: Block): readonly string[] => {
  const seen = [...new Set(conversations.flatMap(({ protocol: name }) => name ?? []))]
  return protocol === undefined && seen.length > 0
    ? [`Recognised as ${seen.join(', ')}, without commands that can be judged here.`]
    : []
}

const conduitOf = (block: Block, ends: Ends, naming: (wanted: string) => string, more: Partial<Conduit>): Conduit => {
  const from = ends.nameOf(block.clients)
  const to = ends.nameOf(block.servers)
  return {
    id: naming(`${from}-to-${to}-${block.service.replaceAll('/', '-')}`),
    from,
    to,
    service: block.service,
    ...(block.profile.length === 0 ? {} : { allow: allowOf(block.profile) }),
    ...more,
  }
}

const linesOf = (conduit: Conduit, block: Block, commands: ReadonlyMap<string, Command>): readonly string[] => {
  const { allow: _allow, reason, when, expires, id, from, to, service } = conduit
  return [
    ...blockLines({ id, from, to, service }, 2),
    ...(block.profile.length === 0 ? [] : ['    allow:', ...allowLines(block.profile, commands, 6)]),
    ...(when === undefined ? [] : typeof when === 'string' ? field('when', when, 4) : [`    when: ${whenText(when)}`]),
    ...(expires === undefined ? [] : [`    expires: ${expires}`]),
    ...(reason === undefined ? [] : field('reason', reason, 4)),
  ]
}

/** @param commands every command by its id */
export const writeConduit = (
  block: Block,
  ends: Ends,
  naming: (wanted: string) => string,
  commands: ReadonlyMap<string, Command>,
): Written => {
  const conduit = conduitOf(block, ends, naming, { reason: reasonOf(block) })
  const remarks = [
    conduitEvidence(block.conversations, block.commands),
    ...opaqueOf(block),
    ...unnamedOf(block),
    ...faultsOf(block),
    ...unreadOf(block),
  ]
  return {
    conduit,
    block,
    conversations: block.conversations.map(({ id }) => id),
    messages: block.commands.reduce((sum, each) => sum + each.count, 0),
    comment: remarks,
    lines: [...remarks.map((line) => comment(line, 2)), ...linesOf(conduit, block, commands)],
  }
}

/** The group of times that decisions are bound to. */
export const maintenance = 'maintenance'

/** A conduit that is nothing but a comment until a person removes the `#`. @param box a group of times, and the day it ends */
export const writeDecision = (
  block: Block,
  ends: Ends,
  naming: (wanted: string) => string,
  commands: ReadonlyMap<string, Command>,
  box: { readonly when: string; readonly expires: string },
  remarks: readonly string[],
): Decision & { readonly block: Block } => {
  const reason = 'engineering; say which work, and who answers for it'
  const conduit = conduitOf(block, ends, (wanted) => naming(`${wanted}-engineering`), { ...box, reason })
  const said = [conduitEvidence(block.conversations, block.commands), ...remarks, ...askingOf(block)]
  return {
    conduit,
    block,
    conversations: block.conversations.map(({ id }) => id),
    messages: block.commands.reduce((sum, each) => sum + each.count, 0),
    comment: said,
    text: [
      ...said.map((line) => comment(line, 2)),
      ...linesOf(conduit, block, commands).map((line) => `  # ${line.slice(2)}`),
    ].join('\n'),
  }
}
