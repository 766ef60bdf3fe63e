/** Columns of a SQLite row as the types they were written as. A row that differs was damaged. */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'

export type Row = Readonly<Record<string, SQLOutputValue>>
export type Input = SQLInputValue

const wrong = (column: string): Error =>
  Object.assign(new Error(`column ${column} holds another type`), { errcode: 11 })

export const text = (row: Row, column: string): string => {
  const value = row[column]
  if (typeof value === 'string') return value
  throw wrong(column)
}
export const integer = (row: Row, column: string): number => {
  const value = row[column]
  if (typeof value === 'number') return value
  throw wrong(column)
}
export const bytes = (row: Row, column: string): Uint8Array => {
  const value = row[column]
  if (value instanceof Uint8Array) return value
  throw wrong(column)
}
/** Bytes in hex: how hashes are written everywhere but in the file. */
export const hex = (row: Row, column: string): string => Buffer.from(bytes(row, column)).toString('hex')

export const json = (row: Row, column: string): unknown => {
  try {
    return JSON.parse(text(row, column)) as unknown
  } catch {
    throw wrong(column)
  }
}

/** A value out of a closed list. */
export const oneOf = <const T extends string | number>(row: Row, column: string, list: readonly T[]): T => {
  const found = list.find((value) => value === row[column])
  if (found === undefined) throw wrong(column)
  return found
}

/** `{ [name]: value }`, or nothing where the column is NULL: for optional fields. */
export const optional = <const N extends string, T>(
  row: Row,
  column: string,
  name: N,
  read: (row: Row, column: string) => T,
): { [K in N]?: T } => {
  if (row[column] === null || row[column] === undefined) return {}
  const out: { [K in N]?: T } = {}
  out[name] = read(row, column)
  return out
}
