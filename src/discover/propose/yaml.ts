/** Policy text as people write it: one line for what is short, quotes only where YAML needs them. */
import { legibleJson, spelled } from '#core/legible.ts'

/** Widest line of a flow mapping or list; longer ones are put on several lines. */
const widest = 140

export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value }

/** Plain text that reads as text inside brackets and outside, whatever the YAML version. */
const plain = /^[A-Za-z_][A-Za-z0-9_./-]*$/
const words = /^(true|false|null|yes|no|on|off|y|n|~)$/i
/** Ranges such as 100-119, addresses such as 198.18.1.10 and networks. No lone number, and no time or date. */
const rangesOrAddress = /^(\d+(\.\d+){2,3}(\/\d+)?|-?\d+-\d+|\d+(\.\d+){3}\/\d+)$/

export const scalar = (value: string | number | boolean): string =>
  typeof value !== 'string'
    ? String(value)
    : (plain.test(value) && !words.test(value)) || rangesOrAddress.test(value)
      ? value
      : legibleJson(JSON.stringify(value))

/** A value of a document as one that can be written; what is undefined is left out. */
export const toValue = (value: unknown): Value => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(toValue)
  if (typeof value !== 'object' || value === null) return ''
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]: [string, unknown]) =>
      each === undefined ? [] : [[key, toValue(each)]],
    ),
  )
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

/** On one line. */
export const flow = (value: Value): string =>
  typeof value !== 'object'
    ? scalar(value)
    : isList(value)
      ? `[${value.map(flow).join(', ')}]`
      : `{ ${Object.entries(value)
          .map(([key, each]) => `${scalar(key)}: ${flow(each)}`)
          .join(', ')} }`

const pad = (indent: number) => ' '.repeat(indent)

/** `key: value`, on one line when it fits. */
export const field = (key: string, value: Value, indent: number): readonly string[] => {
  const line = `${pad(indent)}${scalar(key)}: ${flow(value)}`
  if (line.length <= widest || typeof value !== 'object') return [line]
  if (isList(value)) return [`${pad(indent)}${scalar(key)}:`, ...value.flatMap((each) => item(each, indent + 2))]
  return [
    `${pad(indent)}${scalar(key)}:`,
    ...Object.entries(value).flatMap(([name, each]) => field(name, each, indent + 2)),
  ]
}

/** `- value`, on one line when it fits. */
export const item = (value: Value, indent: number): readonly string[] => {
  const line = `${pad(indent)}- ${flow(value)}`
  if (line.length <= widest || typeof value !== 'object') return [line]
  return block(value, indent)
}

/** `- ` and the fields of a mapping below each other. */
export const block = (value: Value, indent: number): readonly string[] => {
  if (typeof value !== 'object' || isList(value)) return [`${pad(indent)}- ${flow(value)}`]
  const lines = Object.entries(value).flatMap(([key, each]) => field(key, each, indent + 2))
  const [first = '', ...rest] = lines
  return [`${pad(indent)}- ${first.slice(indent + 2)}`, ...rest]
}

/**
 * Text of other people's devices on a comment line: what ends a line, steers a terminal, hides or reorders what stands beside it is a
 * space. Somebody reads the line before they take the sign in front of it away.
 */
export const comment = (text: string, indent = 0): string => `${pad(indent)}# ${spelled(text, () => ' ')}`
