/** Random rules and commands of a protocol that meet often, for tests: few numbers, few names. */
import { Message, type ParsedCommand } from '#core/message.ts'
import { risks, type Constraint, type Vocabulary } from '#core/protocol.ts'
import type { PlanConduit } from '#policy/plan.ts'
import type { Entry, Narrowed } from '#policy/vocabulary.ts'
import type { Random } from '#protocols/fuzz/random.ts'

const words = ['Line1.Level', 'Line1.Speed', 'reports/may', '12'] as const
const beginnings = ['Line1.*', 'line*', 'reports/*', '*'] as const
const numbers = 4

const lowest = ({ min }: Constraint) => min ?? 0
const highest = ({ max }: Constraint) => max ?? Number.MAX_SAFE_INTEGER
const numberOf = (random: Random, constraint: Constraint) =>
  Math.min(highest(constraint), lowest(constraint) + random.below(numbers))

const writtenRange = (random: Random, constraint: Constraint): string => {
  const low = numberOf(random, constraint)
  return random.once(3) ? `${low}` : `${low}-${Math.min(highest(constraint), low + random.below(4))}`
}

const written = (random: Random, constraint: Constraint): string | number | (string | number)[] => {
  if (constraint.kind === 'number') return numberOf(random, constraint)
  if (constraint.kind === 'ranges') {
    if (random.once(5)) return numberOf(random, constraint)
    const ranges = Array.from({ length: 1 + random.below(3) }, () => writtenRange(random, constraint))
    return random.once(2) ? ranges : ranges.join(',')
  }
  const names = constraint.values ?? [...words, ...beginnings]
  return random.once(2) ? random.pick(names) : [random.pick(names), random.pick(names).toUpperCase()]
}

const namesOf = (vocabulary: Vocabulary, op: string): readonly string[] => vocabulary.ops[op]?.constraints ?? []

const condition = (random: Random, vocabulary: Vocabulary, place: string) => {
  const constraint = vocabulary.constraints[place]
  if (constraint === undefined) return {}
  const value = constraint.kind === 'names' ? random.pick(constraint.values ?? words) : numberOf(random, constraint)
  return { while: { [place]: value, ...(random.once(2) ? { equals: random.below(3) } : { in: '0-2' }) } }
}

const entry = (random: Random, vocabulary: Vocabulary, stateful: boolean): Entry => {
  const op = random.pick(Object.keys(vocabulary.ops))
  if (random.once(4)) return random.once(2) ? op : random.pick(risks)
  const names = namesOf(vocabulary, op)
  const narrowed: Narrowed = { op }
  for (const name of names) {
    const constraint = vocabulary.constraints[name]
    if (constraint === undefined || !random.once(3)) continue
    narrowed[random.once(3) ? (constraint.one ?? name) : name] = written(random, constraint)
  }
  if (stateful && names.includes('values') && !random.once(4)) narrowed.step = 1 + random.below(2)
  if (stateful && random.once(3)) narrowed.rate = `${1 + random.below(3)}/${random.pick(['s', 'min'])}`
  const places = names.filter((name) => name !== 'values' && vocabulary.constraints[name]?.of === undefined)
  if (stateful && places.length > 0 && random.once(3))
    Object.assign(narrowed, condition(random, vocabulary, random.pick(places)))
  return narrowed
}

export const randomConduit = (random: Random, vocabulary: Vocabulary, id: string, stateful: boolean): PlanConduit => ({
  id,
  counter: id,
  service: vocabulary.name,
  from: 'hmi',
  to: 'plc',
  essential: false,
  allow: Array.from({ length: 1 + random.below(4) }, () => entry(random, vocabulary, stateful)),
})

/** Fills a command with some of the fields that its op has. One field spans several numbers at most. */
const fill = (random: Random, vocabulary: Vocabulary, command: ParsedCommand): void => {
  const names = namesOf(vocabulary, command.op)
  const places = names.filter((name) => {
    const { kind, of } = vocabulary.constraints[name] ?? {}
    return name !== 'values' && kind === 'ranges' && of === undefined
  })
  const wide = places.length === 0 ? undefined : random.pick(places)
  let width = 1
  for (const name of names) {
    const constraint = vocabulary.constraints[name]
    if (constraint === undefined || name === 'values' || (constraint.of !== undefined && random.once(8))) continue
    if (constraint.kind === 'names') command.text(name, random.pick(constraint.values ?? words))
    else {
      const low = numberOf(random, constraint)
      if (name !== wide) command.number(name, low)
      else {
        const high = Math.min(highest(constraint), low + (random.once(3) ? random.below(4) : 0))
        width = high - low + 1
        command.span(name, low, high)
      }
    }
  }
  if (!names.includes('values') || random.once(6)) return
  for (let index = 0; index < width; index++) command.value(random.below(5))
  command.unreadable = random.once(20)
}

/** A request of one command. */
export const randomMessage = (random: Random, vocabulary: Vocabulary): Message => {
  const message = new Message()
  message.role = 'request'
  fill(random, vocabulary, message.begin(random.pick(Object.keys(vocabulary.ops))))
  return message
}
