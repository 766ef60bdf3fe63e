/** A file of devices, CSV or JSON, as rows of text under known columns. */
import { Fault, messageOf } from '#core/errors.ts'
import { columnOf, type Column } from './columns.ts'
import { maxCell, maxColumns, maxRows, readCsv, withoutGuard } from './csv.ts'

export interface Entry {
  /** `line 3`, or `entry 2` where the file has no lines. */
  readonly place: string
  /** Cells that are not empty. A column that stands twice, such as two addresses, has several. */
  readonly cells: ReadonlyMap<Column, readonly string[]>
  /** Why it cannot be read as a row of the table. */
  readonly problem?: string
}

export interface Table {
  readonly entries: readonly Entry[]
  /** Titles that mean nothing here. */
  readonly ignored: readonly string[]
  readonly columns: ReadonlySet<Column>
}

type Cells = readonly (readonly [column: Column, text: string])[]

const cellsOf = (pairs: Cells): ReadonlyMap<Column, readonly string[]> => {
  const cells = new Map<Column, string[]>()
  for (const [column, text] of pairs) {
    const value = withoutGuard(text).trim()
    if (value === '') continue
    const list = cells.get(column)
    if (list === undefined) cells.set(column, [value])
    else if (!list.includes(value)) list.push(value)
  }
  return cells
}

const tableOfCsv = (text: string): Table => {
  const [titles, ...rows] = readCsv(text)
  const columns = titles?.cells.map(columnOf) ?? []
  return {
    columns: new Set(columns.filter((column) => column !== undefined)),
    ignored: titles?.cells.filter((title, i) => columns[i] === undefined && title.trim() !== '') ?? [],
    entries: rows.map(({ line, cells }) => ({
      place: `line ${line}`,
      cells: cellsOf(cells.flatMap((cell, i) => (columns[i] === undefined ? [] : [[columns[i], cell] as const]))),
      ...(cells.length > columns.length && {
        problem: `it has ${cells.length} cells, and there are ${columns.length} titles`,
      }),
    })),
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** NetBox writes what a device refers to as an object of its own: its address, name or model is meant. */
const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value.slice(0, maxCell)]
  if (typeof value === 'number' || typeof value === 'boolean') return [`${value}`]
  if (Array.isArray(value))
    return value.slice(0, 16).flatMap((one: unknown) => (Array.isArray(one) ? [] : textsOf(one)))
  if (!isObject(value)) return []
  const named = ['address', 'name', 'model', 'display', 'value'].map((key) => value[key])
  return textsOf(named.find((one) => typeof one === 'string'))
}

const pairsOf = (entry: Readonly<Record<string, unknown>>): Cells =>
  Object.entries(entry).flatMap(([title, value]) => {
    const column = columnOf(title)
    const own = column === undefined ? [] : textsOf(value).map((text) => [column, text] as const)
    // The type of a device knows who makes it.
    const maker = column === 'model' && isObject(value) ? textsOf(value['manufacturer']) : []
    return [...own, ...maker.map((text) => ['vendor', text] as const)]
  })

const listOf = (document: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(document)) return document
  if (!isObject(document)) return undefined
  return ['devices', 'assets', 'results'].map((key) => document[key]).find((value) => Array.isArray(value))
}

const tableOfJson = (text: string): Table => {
  let document: unknown
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new Fault('usage', `This is no JSON: ${messageOf(error)}.`, { cause: error })
  }
  const list = listOf(document)
  if (list === undefined || list.length > maxRows)
    throw new Fault('usage', list === undefined ? 'This JSON has no list of devices.' : 'These are too many devices.', {
      advice: `Give a list of at most ${maxRows.toLocaleString('en-US')} objects, or an object with one under devices or results.`,
    })
  const titles = [...new Set(list.flatMap((entry) => (isObject(entry) ? Object.keys(entry) : [])))].slice(0, maxColumns)
  return {
    columns: new Set(titles.flatMap((title) => columnOf(title) ?? [])),
    ignored: titles.filter((title) => columnOf(title) === undefined),
    entries: list.map((entry, i): Entry => {
      const place = `entry ${i + 1}`
      return isObject(entry)
        ? { place, cells: cellsOf(pairsOf(entry)) }
        : { place, cells: new Map(), problem: 'it is no object' }
    }),
  }
}

/** @throws Fault `usage` for what is no table of devices at all; rows that are wrong carry their problem */
export const readTable = (text: string): Table => {
  const table = /^\uFEFF?\s*[[{]/.test(text) ? tableOfJson(text) : tableOfCsv(text)
  if (table.entries.length > 0 && !table.columns.has('ip') && !table.columns.has('mac'))
    throw new Fault('usage', 'No column says which device a row is about.', {
      details:
        table.ignored.length === 0 ? [] : [`Columns that mean nothing here: ${table.ignored.slice(0, 20).join(', ')}.`],
      advice: 'Add a column `ip` or `mac`; see `bulkhead assets import --help`.',
    })
  return table
}
