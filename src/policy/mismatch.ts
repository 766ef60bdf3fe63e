/** Turns the schema's findings into sentences an operator can act on. */
import * as z from 'zod'
import type { Found } from './locate.ts'
import { pathText, type Path } from './problem.ts'
import { nearest } from './suggest.ts'

type Issue = z.core.$ZodIssue

const types: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list such as [a, b]',
  object: 'a mapping such as { key: value }',
  record: 'a mapping of names such as { name: … }',
}

const shown = (input: unknown): string => {
  if (input === null) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object') return 'a mapping'
  const text = JSON.stringify(input)
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text
  if (typeof input === 'string') return short
  return typeof input === 'number' ? `the number ${short}` : short
}

const choices = (values: readonly unknown[]): string =>
  values.length === 1 ? String(values[0]) : `${values.slice(0, -1).join(', ')} or ${String(values.at(-1))}`

/** What would have been right, as words that follow "expected". */
export const expectation = (issue: Issue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return types[issue.expected] ?? issue.expected
    case 'invalid_value':
      return issue.values.length > 1 ? `one of ${choices(issue.values)}` : choices(issue.values)
    case 'invalid_format':
      if (issue.format === 'date') return 'a date such as 2027-03-31'
      return issue.message.startsWith('Invalid') ? `text of the form ${issue.pattern ?? issue.format}` : issue.message
    case 'too_small':
    case 'too_big': {
      const small = issue.code === 'too_small'
      const bound = small ? issue.minimum : issue.maximum
      if (issue.origin === 'array')
        return small ? `at least ${bound} ${Number(bound) === 1 ? 'entry' : 'entries'}` : `at most ${bound} entries`
      if (issue.origin === 'string')
        return small
          ? Number(bound) === 1
            ? 'some text'
            : `at least ${bound} characters`
          : `at most ${bound} characters`
      return small
        ? `a number ${issue.inclusive === false ? 'above' : 'not below'} ${bound}`
        : `a number ${issue.inclusive === false ? 'below' : 'not above'} ${bound}`
    }
    case 'invalid_union':
      return choices([
        ...new Set(
          issue.errors
            .flat()
            .filter(({ path }) => path.length === 0)
            .map(expectation),
        ),
      ])
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    default:
      return issue.message
  }
}

const isMissing = (issue: Issue): boolean => !('input' in issue) || issue.input === undefined

/** Descends to the schema at a path, through whatever wraps it; a union stands for all its options. */
const schemasAt = (schemas: readonly z.core.$ZodType[], path: Path): readonly z.core.$ZodType[] => {
  const open = (schema: z.core.$ZodType): readonly z.core.$ZodType[] => {
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return open(schema.def.innerType)
    if (schema instanceof z.ZodPipe) return open(schema.def.in)
    if (schema instanceof z.ZodUnion) return schema.def.options.flatMap(open)
    return [schema]
  }
  const [step, ...rest] = path
  const opened = schemas.flatMap(open)
  if (step === undefined) return opened
  const inner = opened.flatMap((schema): readonly z.core.$ZodType[] => {
    if (schema instanceof z.ZodArray) return [schema.def.element]
    if (schema instanceof z.ZodRecord) return [schema.def.valueType]
    if (!(schema instanceof z.ZodObject)) return []
    const member: z.core.$ZodType | undefined = Object.hasOwn(schema.def.shape, step)
      ? schema.def.shape[String(step)]
      : schema.def.catchall
    return member === undefined ? [] : [member]
  })
  return schemasAt(inner, rest)
}

const keysAt = (schema: z.core.$ZodType, path: Path): string[] =>
  schemasAt([schema], path).flatMap((at) => (at instanceof z.ZodObject ? Object.keys(at.def.shape) : []))

/** The option of a union that was meant: the only one that takes a value of this type, and not only one of a few words. */
const meant = (issues: readonly (readonly Issue[])[]): readonly Issue[] | undefined => {
  if (issues.some((option) => option.every(({ code, path }) => code === 'invalid_value' && path.length === 0)))
    return undefined
  const sameType = issues.filter(
    (option) => !option.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  )
  return sameType.length === 1 ? sameType[0] : undefined
}

/** `zones`, or `allow[0]` for an entry of a list. */
const where = (path: Path): string =>
  path.length === 0
    ? 'the document'
    : `\`${pathText(path.slice(path.findLastIndex((step) => typeof step === 'string')))}\``
const asPath = (path: readonly PropertyKey[]): Path =>
  path.map((step) => (typeof step === 'number' ? step : String(step)))

/** What would make it right where a number or a list stands for text. */
const hintOf = (expected: string, input: unknown, path: Path): string => {
  if (typeof input === 'number' || typeof input === 'boolean')
    return expected.startsWith('text') ? '; put it in quotes' : ''
  return expected === 'text' && Array.isArray(input) && ['from', 'to', 'service'].includes(String(path.at(-1)))
    ? '; make a group of these and name it'
    : ''
}

/** Text of a certain form is asked for: what form, where quotes alone do not make it right. */
const formOf = (schema: z.core.$ZodType, path: Path, expected: string, input: unknown): string => {
  if (expected !== 'text' || typeof input !== 'number') return expected
  const [only, ...more] = schemasAt([schema], path)
  const issue = only === undefined || more.length > 0 ? undefined : z.safeParse(only, String(input)).error?.issues[0]
  return issue === undefined ? expected : expectation(issue)
}

/** What is wrong inside an entry whose name is wrong, which the schema did not look at. */
const inside = (schema: z.core.$ZodType, path: Path, document: unknown): readonly Found[] => {
  const value = path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
    document,
  )
  return schemasAt([schema], path.slice(0, -1))
    .filter((at) => at instanceof z.ZodRecord)
    .flatMap((record) => z.safeParse(record.def.valueType, value, { reportInput: true }).error?.issues ?? [])
    .flatMap((issue) => describe(schema, issue, path, document))
}

const describe = (schema: z.core.$ZodType, issue: Issue, above: Path, document: unknown): readonly Found[] => {
  const path = [...above, ...asPath(issue.path)]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key): Found => {
      if (key === '<<')
        return {
          code: 'unknown-key',
          path: [...path, key],
          part: 'key',
          message: 'merge keys (`<<`) are not taken',
          expected: 'the fields themselves',
        }
      const valid = keysAt(schema, path)
      const near = nearest(key, valid)
      return {
        code: 'unknown-key',
        path: [...path, key],
        part: 'key',
        message: `unknown key \`${key}\`${path.length === 0 ? '' : ` in ${where(path)}`}`,
        expected: `one of ${choices(valid)}`,
        nearest: near,
      }
    })
  if (issue.code === 'invalid_key') {
    const expected = choices([...new Set(issue.issues.map(expectation))])
    const name: Found = {
      code: 'invalid-name',
      path,
      part: 'key',
      message: `\`${String(path.at(-1))}\` cannot be a name here`,
      expected,
    }
    return [name, ...inside(schema, path, document)]
  }
  if (issue.code === 'invalid_union') {
    const option = meant(issue.errors)
    if (option !== undefined) return option.flatMap((inner) => describe(schema, inner, path, document))
  }
  const expected = formOf(schema, path, expectation(issue), 'input' in issue ? issue.input : undefined)
  if (
    isMissing(issue) &&
    (issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union')
  )
    return [{ code: 'missing', path, part: 'key', message: `\`${String(path.at(-1))}\` is missing`, expected }]
  const { input } = issue
  const words = issue.code === 'invalid_value' ? issue.values.filter((value) => typeof value === 'string') : []
  const near = typeof input === 'string' ? nearest(input, words) : undefined
  const code = issue.code === 'invalid_type' || issue.code === 'invalid_union' ? 'wrong-type' : 'invalid-value'
  return [
    {
      code,
      path,
      message: `${where(path)} is ${shown(input)}${hintOf(expected, input, path)}`,
      expected,
      nearest: near,
    },
  ]
}

/** One finding per thing that is wrong in a document; `issues` must have been made with `reportInput`. */
export const mismatches = (schema: z.core.$ZodType, issues: readonly Issue[], document: unknown): readonly Found[] =>
  issues.flatMap((issue) => describe(schema, issue, [], document))
