/** Tests of a proposed policy, from what was seen: what must pass, and what must not. */
import { constraintsOf, opsOfRisk, vocabularies } from '#protocols/index.ts'
import type { Constraint, Vocabulary } from '#core/protocol.ts'
import type { PolicyTest } from '#schema/site.ts'
import type { Row } from './group-traffic.ts'
import type { Block } from './grouping.ts'
import type { Outsider } from './outsiders.ts'
import type { Permit } from './profile.ts'
import { isForDecision } from './verbs.ts'
import { isIp } from './wire-type.ts'

/** Tests beyond which a policy is longer than what it tests. */
const maxTests = 2000
/** Commands of one conduit that are tested as permitted. */
const perConduit = 4

interface Tested {
  readonly conduit: { readonly from: string; readonly to: string; readonly service: string }
  readonly block: Block
}

type Fields = Record<string, string | number>

const wordOf = (constraints: Readonly<Record<string, Constraint>>, name: string) => constraints[name]?.one ?? name

/** One command of an entry: the first of everything. */
const commandOf = (vocabulary: Vocabulary, permit: Permit): Fields => {
  const constraints = constraintsOf(vocabulary, permit.op) ?? {}
  return Object.fromEntries([
    ...Object.entries(permit.names).map(([name, list]) => [wordOf(constraints, name), list[0] ?? '']),
    ...Object.entries(permit.numbers).map(([name, ranges]) => [wordOf(constraints, name), ranges[0]?.[0] ?? 0]),
    ...(permit.values === undefined ? [] : [[wordOf(constraints, 'values'), permit.values[0]]]),
  ])
}

/** A quarter of the width beyond, at least one, as far as the protocol can say such a number. */
const beyond = ([low, high]: readonly [number, number], { min, max }: Constraint): number | undefined => {
  const far = Math.max(1, Math.ceil((high - low + 1) / 4))
  if (max === undefined || high + far <= max) return high + far
  if (min === undefined || low - far >= min) return low - far
  return high < max ? max : low > min ? min : undefined
}

const inSome = (profile: readonly Permit[], op: string, name: string, value: number): boolean =>
  profile.some(
    (permit) =>
      permit.op === op &&
      (name === 'values'
        ? [permit.values ?? ([-Infinity, Infinity] as const)]
        : (permit.numbers[name] ?? [[-Infinity, Infinity]])
      ).some(([low, high]) => value >= low && value <= high),
  )

/** The same command outside what was seen: another value where it writes one, else another place. */
const outside = (vocabulary: Vocabulary, profile: readonly Permit[]): Fields | undefined => {
  for (const permit of profile.toSorted((a, b) => Number(b.values !== undefined) - Number(a.values !== undefined))) {
    const constraints = constraintsOf(vocabulary, permit.op) ?? {}
    const places = Object.entries(permit.numbers).filter(([name]) => constraints[name]?.of === undefined)
    const hulls = [
      ...(permit.values === undefined ? [] : [['values', permit.values] as const]),
      ...places
        .toReversed()
        .map(([name, ranges]) => [name, [ranges[0]?.[0] ?? 0, ranges.at(-1)?.[1] ?? 0] as const] as const),
    ]
    for (const [name, hull] of hulls) {
      const constraint = constraints[name]
      const value = constraint && beyond(hull, constraint)
      if (value === undefined || inSome(profile, permit.op, name, value)) continue
      return { op: permit.op, ...commandOf(vocabulary, permit), [wordOf(constraints, name)]: value }
    }
  }
  return undefined
}

/** A command that was not seen, preferably one that writes. */
const unseen = (vocabulary: Vocabulary, seen: ReadonlySet<string>): string | undefined =>
  (['write', 'control', 'program', 'read'] as const)
    .flatMap((risk) => opsOfRisk(vocabulary, risk))
    .find((op) => !seen.has(op))

type Reverse = (block: Block) => readonly Permit[]

const ofConduit = ({ conduit: { from, to, service }, block }: Tested, reverse: Reverse): PolicyTest[] => {
  const ask = { from, to, service }
  const { protocol, profile } = block
  if (protocol === undefined) return [{ ...ask, expect: 'permit' }]
  const vocabulary: Vocabulary = vocabularies[protocol]
  const byWeight = profile.toSorted((a, b) => b.count - a.count).slice(0, perConduit)
  const shown = profile.filter((permit) => byWeight.includes(permit))
  const back = reverse(block)
  const away = outside(
    vocabulary,
    profile.filter(({ op }) => back.every((permit) => permit.op !== op)),
  )
  // All commands that were seen, excluded ones too: those are tested where they are decided about.
  const ops = block.conversations.flatMap(({ commands }) => commands.map((each) => each.op))
  const op = unseen(vocabulary, new Set([...ops, ...back.map((permit) => permit.op)]))
  return [
    ...shown.map((permit): PolicyTest => ({
      ...ask,
      op: permit.op,
      ...commandOf(vocabulary, permit),
      expect: 'permit',
    })),
    ...(away === undefined ? [] : [{ ...ask, ...away, expect: 'deny' as const }]),
    ...(op === undefined ? [] : [{ ...ask, op, expect: 'deny' as const }]),
  ]
}

/** Verbs that a person decides about are denied until then. */
const ofEngineering = ({ conduit: { from, to, service }, block: { protocol, profile } }: Tested): PolicyTest[] => {
  if (protocol === undefined) return []
  const vocabulary: Vocabulary = vocabularies[protocol]
  return [...new Set(profile.map(({ op }) => op))]
    .filter((op) => isForDecision(protocol, vocabulary, op))
    .slice(0, perConduit)
    .map((op): PolicyTest => ({ from, to, service, op, expect: 'deny' }))
}

/**
 * Of IP, an asset that is no client. Frames of a stranger are dropped in every mode that denies, and contain nobody; but where a row
 * for whole zones names the EtherType, they pass.
 */
const others = (all: readonly Tested[], outsider: Outsider, rows: readonly Row[]): PolicyTest[] => {
  const tests = new Map<string, PolicyTest>()
  for (const { conduit, block } of all) {
    const { to, service } = conduit
    const key = `${to} ${service}`
    const isFrames = block.conversations.every((each) => !isIp(each))
    if (isFrames && rows.some(({ name }) => name === service)) continue
    const from = isFrames ? 'any' : outsider(block)
    if (from !== undefined && !tests.has(key)) tests.set(key, { from, to, service, expect: 'deny' })
  }
  return [...tests.values()]
}

/** Whether one end of a service may open the other direction of it too: then commands of both directions add up. */
const isTwoWay = ({ ports, companions }: Vocabulary): boolean =>
  companions.some(
    ({ transport, port, from }) =>
      from === 'server' && ports.some((own) => own.transport === transport && own.port === port),
  )

const reverseOf = (conduits: readonly Tested[]): Reverse => {
  const profiles = new Map<string, readonly Permit[]>()
  for (const { block } of conduits)
    if (block.protocol !== undefined && isTwoWay(vocabularies[block.protocol]))
      for (const client of block.clients)
        for (const server of block.servers) profiles.set(`${block.protocol} ${client.id} ${server.id}`, block.profile)
  return ({ protocol = '', clients, servers }) =>
    profiles.size === 0
      ? []
      : servers.flatMap((server) =>
          clients.flatMap((client) => profiles.get(`${protocol} ${server.id} ${client.id}`) ?? []),
        )
}

/**
 * They hold in every mode that zones are raised to.
 * @param decisions conduits that stand in comments
 * @param layer2 EtherTypes that whole zones may exchange
 */
export const proofsOf = (
  conduits: readonly Tested[],
  decisions: readonly Tested[],
  outsider: Outsider,
  layer2: readonly Row[],
): readonly PolicyTest[] => {
  const reverse = reverseOf(conduits)
  return [
    ...decisions.flatMap(ofEngineering),
    ...conduits.flatMap((each) => ofConduit(each, reverse)),
    ...others(conduits, outsider, layer2),
  ].slice(0, maxTests)
}

/** What must pass alone: beside conduits that somebody else wrote, what is denied is theirs to say. */
export const permitsOf = (conduits: readonly Tested[]): readonly PolicyTest[] =>
  conduits.flatMap((each) => ofConduit(each, () => []).filter(({ expect }) => expect === 'permit')).slice(0, maxTests)
