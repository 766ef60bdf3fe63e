/** What `allow:` says about commands, against the vocabulary of the protocol. */
import { risks, type Vocabulary } from '#core/protocol.ts'
import { vocabularies } from '#protocols/index.ts'
import { constraintFault, constraintText } from '../constraint.ts'
import type { Path } from '../problem.ts'
import { nearest } from '../suggest.ts'
import { constraintOf, constraintsIn, ownKeys, whilePoint, type Entry } from '../vocabulary.ts'
import type { Check, Context, Resolved } from './context.ts'

interface Allowed {
  readonly path: Path
  readonly entry: Entry
  readonly vocabulary: Vocabulary
  readonly resolved: Resolved
}

const allowed = ({ conduits }: Context): Allowed[] =>
  conduits.flatMap((resolved) => {
    const { vocabulary, conduit, index } = resolved
    if (vocabulary === undefined) return []
    return (conduit.allow ?? []).map((entry, i) => ({
      path: ['conduits', index, 'allow', i],
      entry,
      vocabulary,
      resolved,
    }))
  })

const opOf = ({ entry, vocabulary }: Allowed) =>
  typeof entry !== 'string' && Object.hasOwn(vocabulary.ops, entry.op) ? vocabulary.ops[entry.op] : undefined

const all: readonly Vocabulary[] = Object.values(vocabularies)
const protocolsWith = (op: string): readonly string[] =>
  all.flatMap(({ name, ops }) => (Object.hasOwn(ops, op) ? [name] : []))

/** The command whose code was written as its specification does: `FC6`, `0x4c`. */
const byCode = ({ ops }: Vocabulary, written: string): string | undefined => {
  const plain = (text: string) => text.toLowerCase().replaceAll(' ', '')
  return Object.entries(ops).find(([, { code }]) => plain(code) === plain(written))?.[0]
}

export const commands: readonly Check[] = [
  {
    code: 'allow-without-protocol',
    severity: 'error',
    summary: 'Commands are allowed on a service whose commands cannot be seen.',
    *find({ conduits }) {
      for (const { conduit, index, vocabulary } of conduits)
        if (conduit.allow !== undefined && vocabulary === undefined)
          yield {
            path: ['conduits', index, 'allow'],
            part: 'key',
            message: `the commands of service \`${conduit.service}\` cannot be judged`,
            expected: 'a protocol as `service`, or no `allow`',
          }
    },
  },
  {
    code: 'unknown-op',
    severity: 'error',
    summary: 'An `allow:` entry is neither a risk class nor a command of the protocol.',
    *find(context) {
      for (const { entry, path, vocabulary } of allowed(context)) {
        const ops = Object.keys(vocabulary.ops)
        const isText = typeof entry === 'string'
        const name = isText ? entry : entry.op
        if (Object.hasOwn(vocabulary.ops, name) || (isText && (risks as readonly string[]).includes(name))) continue
        const valid = isText ? [...risks, ...ops] : ops
        const others = protocolsWith(name)
        yield {
          path: isText ? path : [...path, 'op'],
          message: `${vocabulary.name} has no command \`${name}\`${others.length === 0 ? '' : `; it is one of ${others.join(', ')}`}`,
          expected: `${isText ? 'a risk class or ' : ''}one of ${ops.join(', ')}`,
          near: () => byCode(vocabulary, name) ?? nearest(name, valid),
        }
      }
    },
  },
  {
    code: 'unknown-constraint',
    severity: 'error',
    summary: 'A rule narrows a command by something the command does not have.',
    *find(context) {
      for (const each of allowed(context)) {
        const op = opOf(each)
        if (op === undefined) continue
        for (const [key] of constraintsIn(each.entry)) {
          const known = constraintOf(each.vocabulary, key)
          const valid = op.constraints ?? []
          if (known !== undefined && valid.includes(known.name)) continue
          yield {
            path: [...each.path, key],
            part: 'key',
            message:
              known === undefined
                ? `${each.vocabulary.name} has no constraint \`${key}\``
                : `this command has no \`${key}\``,
            expected: [...valid, ...ownKeys].filter((name) => name !== 'op').join(', '),
            near: () => nearest(key, [...valid, ...ownKeys]),
          }
        }
      }
    },
  },
  {
    code: 'invalid-constraint',
    severity: 'error',
    summary: 'The value of a constraint has the wrong form or is out of the protocol’s range.',
    *find(context) {
      for (const { entry, path, vocabulary } of allowed(context))
        for (const [key, value] of constraintsIn(entry)) {
          const constraint = constraintOf(vocabulary, key)?.constraint
          const fault = constraint && constraintFault(constraint, value)
          if (constraint && fault !== undefined)
            yield { path: [...path, key], message: `\`${key}\` ${fault}`, expected: constraintText(constraint) }
        }
    },
  },
  {
    code: 'invalid-while',
    severity: 'error',
    summary: 'A `while:` names no point of the protocol, or says nothing about its value.',
    *find(context) {
      for (const { entry, path, vocabulary } of allowed(context)) {
        if (typeof entry === 'string' || entry.while === undefined) continue
        const at = [...path, 'while']
        const points = whilePoint(entry.while)
        if (entry.while.equals === undefined && entry.while.in === undefined)
          yield {
            path: at,
            part: 'key',
            message: '`while` does not say which value',
            expected: '`equals: 1` or `in: 1-5`',
          }
        if (points.length === 0)
          yield {
            path: at,
            part: 'key',
            message: '`while` does not say which point',
            expected: 'such as `register: 40`',
          }
        for (const [key, value] of points) {
          const known = constraintOf(vocabulary, key)
          const fault = known && constraintFault(known.constraint, value)
          if (known === undefined)
            yield {
              path: [...at, key],
              part: 'key',
              message: `${vocabulary.name} has no point \`${key}\``,
              near: () => nearest(key, Object.keys(vocabulary.constraints)),
            }
          else if (fault !== undefined)
            yield { path: [...at, key], message: `\`${key}\` ${fault}`, expected: constraintText(known.constraint) }
        }
      }
    },
  },
  {
    code: 'step-without-value',
    severity: 'error',
    summary: 'A `step:` on a command that carries no value.',
    *find(context) {
      for (const each of allowed(context)) {
        const op = opOf(each)
        if (op === undefined || typeof each.entry === 'string' || each.entry.step === undefined) continue
        if (!(op.constraints ?? []).some((name) => name === 'values' || name === 'value'))
          yield {
            path: [...each.path, 'step'],
            part: 'key',
            message: `\`${each.entry.op}\` carries no value that \`step\` could compare`,
          }
      }
    },
  },
  {
    code: 'value-without-type',
    severity: 'warning',
    summary: 'A rule about values does not say of which type: the same bytes written as another one are other values.',
    *find(context) {
      for (const each of allowed(context)) {
        const { entry, path, vocabulary } = each
        if (typeof entry === 'string') continue
        const reads = (word: string): boolean => constraintOf(vocabulary, word)?.constraint.reads === true
        const lacks = (words: readonly (readonly [word: string, value: unknown])[]): boolean =>
          !words.some(([word]) => reads(word))
        const written = constraintsIn(entry)
        const limit = written.find(([word]) => constraintOf(vocabulary, word)?.name === 'values')?.[0]
        const compared = limit ?? (entry.step === undefined ? undefined : 'step')
        const typed = (opOf(each)?.constraints ?? []).some(reads)
        const found = [
          ...(compared !== undefined && typed && lacks(written) ? [compared] : []),
          ...(entry.while !== undefined &&
          Object.keys(vocabulary.constraints).some(reads) &&
          lacks(whilePoint(entry.while))
            ? ['while']
            : []),
        ]
        for (const key of found)
          yield {
            path: [...path, key],
            part: 'key',
            message: `\`${key}\` is about whatever type the message names`,
            expected: '`type` beside it, and the places of one such value',
          }
      }
    },
  },
  {
    code: 'value-of-any',
    severity: 'warning',
    summary:
      '`step:` or `while:` without a `unit` (or link address, or station): a device that answers to several is asked by another one.',
    *find(context) {
      for (const each of allowed(context)) {
        const { entry, path, vocabulary } = each
        if (typeof entry === 'string') continue
        const { constraints = [] } = opOf(each) ?? {}
        const loose = constraints.filter((name) => vocabulary.constraints[name]?.loose === true)
        const lacking = (words: readonly (readonly [word: string, value: unknown])[]): readonly string[] =>
          loose.filter((name) => !words.some(([word]) => constraintOf(vocabulary, word)?.name === name))
        const found = [
          ...(entry.step === undefined ? [] : [['step', lacking(constraintsIn(entry))] as const]),
          ...(entry.while === undefined ? [] : [['while', lacking(whilePoint(entry.while))] as const]),
        ]
        for (const [key, names] of found)
          if (names.length > 0)
            yield {
              path: [...path, key],
              part: 'key',
              message: `\`${key}\` is about the values of any ${names.map((name) => `\`${name}\``).join(' and any ')}, each by itself`,
              expected: `${names.map((name) => `\`${name}\``).join(' and ')} beside it, as the device is asked by`,
            }
      }
    },
  },
  {
    code: 'without-allow',
    severity: 'warning',
    summary: '`deny-action:` or `on-failure:` without `allow:` does nothing: no command is judged.',
    *find({ site }) {
      for (const [i, conduit] of site.conduits.entries())
        for (const key of ['deny-action', 'on-failure'] as const)
          if (conduit[key] !== undefined && conduit.allow === undefined)
            yield { path: ['conduits', i, key], part: 'key', message: `\`${key}\` has no effect without \`allow\`` }
    },
  },
]
