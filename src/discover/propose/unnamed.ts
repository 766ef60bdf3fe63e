/** What a proposal says of functions that only their vendor could name, and of what is encrypted. */
import type { Vocabulary } from '#core/protocol.ts'
import { vocabularies } from '#protocols/index.ts'
import type { Block } from './grouping.ts'
import type { Permit } from './profile.ts'
import { rangesText } from './ranges.ts'
import { isUnnamed, isVeiled } from './verbs.ts'

/** They are never permitted without saying so. */
export const unnamedOf = ({ protocol, profile }: Block): readonly string[] => {
  if (protocol === undefined) return []
  const vocabulary: Vocabulary = vocabularies[protocol]
  const ops = [...new Set(profile.map(({ op }) => op))].filter((op) => vocabulary.ops[op]?.risk === 'program')
  return [
    ...ops
      .filter((op) => isVeiled(protocol, op))
      .map((op) => `${op}: encrypted, so that any command passes; how the connection is secured is what is enforced.`),
    ...ops
      .filter((op) => !isVeiled(protocol, op))
      .map(
        (op) =>
          `TODO: ask the vendor what ${op} does here: it may change programs, and is permitted since it is polled all the time.`,
      ),
  ]
}

const numbersText = ({ numbers }: Permit): string =>
  Object.entries(numbers)
    .map(([name, ranges]) => `${name} ${rangesText(ranges)}`)
    .join(', ')

/** What to ask whom about functions without a public name, and what to do with each answer: nobody else can decide it. */
export const askingOf = ({ protocol, profile, clients, servers }: Block): readonly string[] => {
  if (protocol === undefined || clients.some(({ kind }) => kind.value === 'engineering')) return []
  const vocabulary: Vocabulary = vocabularies[protocol]
  const unnamed = profile.filter((permit) => isUnnamed(vocabulary, { op: permit.op, spans: permit.numbers }))
  if (unnamed.length === 0) return []
  const vendors = [...new Set(servers.flatMap(({ vendor }) => vendor?.value ?? []))].toSorted()
  const functions = unnamed.map((permit) => `${permit.op} (${numbersText(permit)})`)
  return [
    `No public name: ${functions.join('; ')}. Ask ${vendors.length === 0 ? 'the vendor' : vendors.join(', ')} whether it only reads.`,
    'If so, leave out `when` and `expires` too: it is needed all the time. If it can write a program or a value, keep both.',
  ]
}
