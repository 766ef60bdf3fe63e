/** What `allow:` says about commands, against the vocabulary of the protocol. */
import { risks, type Vocabulary } from '#core/protocol.ts'
import type { Conduit } from '#schema/site.ts'
import { constraintFault, constraintText, type Written } from '../constraint.ts'
import type { Path } from '../problem.ts'
import { nearest } from '../suggest.ts'
import { constraintOf, ownKeys } from '../vocabulary.ts'
import type { Check, Context, Resolved } from './context.ts'

type Entry = NonNullable<Conduit['allow']>[number]
interface Allowed {
  readonly path: Path
  readonly entry: Entry
  readonly vocabulary: Vocabulary
  readonly resolved: Resolved
}

const whileKeys: ReadonlySet<string> = new Set(['equals', 'in'])

const allowed = ({ conduits }: Context): Allowed[] =>
  conduits.flatMap((resolved) =>
    resolved.vocabulary === undefined
      ? []
      : (resolved.conduit.allow ?? []).map((entry, i) => ({
          path: ['conduits', resolved.index, 'allow', i],
          entry,
          vocabulary: resolved.vocabulary as Vocabulary,
          resolved,
        })),
  )

const written = (entry: Entry): [key: string, value: Written][] =>
  typeof entry === 'string' ? [] : Object.entries(entry).flatMap(([key, value]) => (ownKeys.has(key) ? [] : [[key, value as Written] as [string, Written]]))

const opOf = ({ entry, vocabulary }: Allowed) =>
  typeof entry !== 'string' && Object.hasOwn(vocabulary.ops, entry.op) ? vocabulary.ops[entry.op] : undefined

export const commands: readonly Check[] = [
  {
    code: 'allow-without-protocol',
    severity: 'error',
    summary: 'Commands are allowed on a service whose commands cannot be seen.',
    *find({ conduits }) {
      for (const { conduit, index, vocabulary } of conduits)
        if (conduit.allow !== undefined && vocabulary === undefined)
          yield { path: ['conduits', index, 'allow'], part: 'key', message: `the commands of service \`${conduit.service}\` cannot be judged`, expected: 'a protocol as `service`, or no `allow`' }
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
        yield {
          path: isText ? path : [...path, 'op'],
          message: `${vocabulary.name} has no command \`${name}\``,
          expected: `${isText ? 'a risk class or ' : ''}one of ${ops.join(', ')}`,
          nearest: nearest(name, valid),
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
        for (const [key] of written(each.entry)) {
          const known = constraintOf(each.vocabulary, key)
          const valid = op.constraints ?? []
          if (known !== undefined && valid.includes(known.name)) continue
          yield {
            path: [...each.path, key],
            part: 'key',
            message: known === undefined ? `${each.vocabulary.name} has no constraint \`${key}\`` : `this command has no \`${key}\``,
            expected: [...valid, ...ownKeys].filter((name) => name !== 'op').join(', '),
            nearest: nearest(key, [...valid, ...ownKeys]),
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
        for (const [key, value] of written(entry)) {
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
        const points = Object.entries(entry.while).filter(([key]) => !whileKeys.has(key))
        if (entry.while.equals === undefined && entry.while.in === undefined)
          yield { path: at, part: 'key', message: '`while` does not say which value', expected: '`equals: 1` or `in: 1-5`' }
        if (points.length === 0) yield { path: at, part: 'key', message: '`while` does not say which point', expected: 'such as `register: 40`' }
        for (const [key, value] of points) {
          const known = constraintOf(vocabulary, key)
          const fault = known && constraintFault(known.constraint, value as Written)
          if (known === undefined)
            yield { path: [...at, key], part: 'key', message: `${vocabulary.name} has no point \`${key}\``, nearest: nearest(key, Object.keys(vocabulary.constraints)) }
          else if (fault !== undefined) yield { path: [...at, key], message: `\`${key}\` ${fault}`, expected: constraintText(known.constraint) }
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
          yield { path: [...each.path, 'step'], part: 'key', message: `\`${each.entry.op}\` carries no value that \`step\` could compare` }
      }
    },
  },
  {
    code: 'not-refusable',
    severity: 'warning',
    summary: '`deny-action: exception` on a protocol without a refusal of its own.',
    *find({ conduits }) {
      for (const { conduit, index, vocabulary } of conduits)
        if (conduit['deny-action'] === 'exception' && vocabulary?.refusal === 'none')
          yield { path: ['conduits', index, 'deny-action'], message: `${vocabulary.name} has no refusal of its own`, expected: 'reset, drop or log' }
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
