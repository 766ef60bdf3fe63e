/** Made-up plants for tests of properties: any protocol of the registry, any command, any object. Deterministic by seed. */
import type { Constraint, Vocabulary } from '#core/protocol.ts'
import { constraintsOf, isProtocolName, vocabularies } from '#protocols/index.ts'
import type { Command, Conversation, Observed } from '../model.ts'
import { commandOf, conversationOf, observedOf } from '../plant.ts'

/** A generator of numbers (mulberry32): good enough to reach every branch, the same on every machine. */
export const randomFrom = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}
type Random = ReturnType<typeof randomFrom>

const pick = <T>(random: Random, all: readonly T[]): T => {
  const one = all[random(all.length)]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}

const numbersFor = (
  random: Random,
  { min = 0, max = 1000, of }: Constraint,
): readonly (readonly [number, number])[] => {
  const room = Math.min(max - min, of === undefined ? 4000 : 20)
  const low = min + random(Math.max(1, room))
  return [[low, Math.min(max, low + (of === undefined ? random(30) : 0))]]
}

const commandFor = (random: Random, vocabulary: Vocabulary, id: string): Command => {
  const ops = Object.entries(vocabulary.ops)
  const [op, { risk, from }] = pick(random, ops)
  const constraints = Object.entries(constraintsOf(vocabulary, op) ?? {}).filter(([name]) => name !== 'values')
  const values = constraintsOf(vocabulary, op)?.['values']
  const low = random(200)
  return commandOf({
    id,
    protocol: vocabulary.name,
    op,
    risk,
    from: from === 'server' ? 'server' : 'client',
    count: 1 + random(500),
    spans: Object.fromEntries(
      constraints.filter(([, { kind }]) => kind !== 'names').map(([name, each]) => [name, numbersFor(random, each)]),
    ),
    texts: Object.fromEntries(
      constraints
        .filter(([, { kind }]) => kind === 'names')
        .map(([name, each]) => [
          name,
          [pick(random, each.values ?? ['Alpha', 'beta[3]', 'ns=2;s=Line, 1: x', '#12', '7'])],
        ]),
    ),
    ...(values === undefined || random(5) === 0 ? {} : { values: [low, low + random(300)], step: 1 + random(100) }),
    unreadable: random(20) === 0,
  })
}

const clients = ['198.18.2.70', '198.18.2.71', '198.18.2.72', '198.18.2.73'] as const
const servers = ['198.18.1.10', '198.18.1.11', '198.18.1.12', '198.18.1.13', '198.18.1.14'] as const

/** Up to 20 conversations between four clients above and five servers below. */
export const randomObserved = (seed: number): Observed => {
  const random = randomFrom(seed)
  const protocols = Object.keys(vocabularies).filter(isProtocolName)
  const all = new Map<string, Conversation>()
  for (let i = 0; i < 4 + random(16); i++) {
    const protocol = pick(random, protocols)
    const vocabulary: Vocabulary = vocabularies[protocol]
    const { transport, port } = pick(random, vocabulary.ports)
    const [client, server] = [pick(random, clients), pick(random, servers)]
    const plain = random(6) === 0
    const number = plain ? 8000 + random(20) : port
    const commands = Array.from({ length: 1 + random(6) }, (_, n) => commandFor(random, vocabulary, `c${i}-${n}`))
    all.set(
      `${client} ${server} ${transport} ${number}`,
      conversationOf({
        id: `f${i}`,
        client,
        server,
        clientMacs: [],
        serverMacs: [],
        transport,
        proto: transport === 'tcp' ? 6 : 17,
        port: number,
        commands: plain ? [] : commands,
        ...(plain ? {} : { protocol }),
      }),
    )
  }
  return observedOf({ conversations: [...all.values()], bindings: [] })
}
