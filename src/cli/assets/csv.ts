/** Tables as RFC 4180 has them, as spreadsheets write them (semicolons, tabs, a byte-order mark), within bounds. */
import { Fault } from '#core/errors.ts'

export interface CsvRow {
  /** Line of the text on which it begins, from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

export const maxRows = 100_000
export const maxColumns = 200
/** Characters of one cell. */
export const maxCell = 10_000

const fault = (line: number, what: string): Fault =>
  new Fault('usage', `Line ${line} is no row of a table: ${what}.`, {
    advice: 'Save it again as CSV; nothing was imported.',
  })

const delimiters = [',', ';', '\t'] as const

/** The one that stands most often in the first line outside of quotes. */
const delimiterOf = (text: string): string => {
  const counts = new Map<string, number>()
  let quoted = false
  for (const character of text.slice(0, maxColumns * maxCell)) {
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '\n' || character === '\r')) break
    else if (!quoted) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  return delimiters.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))[0] ?? ','
}

/** Reads one text; every call of {@link cell} takes the next cell and says what ended it. */
class Cursor {
  readonly #text: string
  readonly #delimiter: string
  #at = 0
  line = 1

  constructor(text: string, delimiter: string) {
    this.#text = text
    this.#delimiter = delimiter
  }

  get done(): boolean {
    return this.#at >= this.#text.length
  }

  cell(): readonly [cell: string, lastOfRow: boolean] {
    const cell = this.#text[this.#at] === '"' ? this.#quoted() : this.#plain()
    if (cell.length > maxCell)
      throw fault(this.line, `a cell has more than ${maxCell.toLocaleString('en-US')} characters`)
    const next = this.#text[this.#at]
    if (next === this.#delimiter) {
      this.#at++
      return [cell, false]
    }
    if (next !== undefined && next !== '\n' && next !== '\r')
      throw fault(this.line, 'something follows the closing quote of a cell')
    this.#at += next === '\r' && this.#text[this.#at + 1] === '\n' ? 2 : 1
    this.line++
    return [cell, true]
  }

  #plain(): string {
    const from = this.#at
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]
      if (character === this.#delimiter || character === '\n' || character === '\r') break
      this.#at++
    }
    return this.#text.slice(from, this.#at)
  }

  #quoted(): string {
    const begins = this.line
    const parts: string[] = []
    for (;;) {
      const from = ++this.#at
      const end = this.#text.indexOf('"', from)
      if (end < 0) throw fault(begins, 'a quote is opened and never closed')
      const part = this.#text.slice(from, end)
      parts.push(part)
      for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', at + 1)) this.line++
      this.#at = end + 1
      if (this.#text[this.#at] !== '"') return parts.join('"')
    }
  }
}

const isEmpty = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '')

/** Every row that is not empty, the first of them being the titles. @throws Fault `usage` with the line of what is no table */
export const readCsv = (text: string): readonly CsvRow[] => {
  const table = text.startsWith('\uFEFF') ? text.slice(1) : text
  const cursor = new Cursor(table, delimiterOf(table))
  const rows: CsvRow[] = []
  while (!cursor.done) {
    const { line } = cursor
    const cells: string[] = []
    for (let last = false; !last;) {
      const [cell, isLast] = cursor.cell()
      cells.push(cell)
      if (cells.length > maxColumns) throw fault(line, `it has more than ${maxColumns} cells`)
      last = isLast
    }
    if (isEmpty(cells)) continue
    if (rows.length > maxRows) throw fault(line, `the table has more than ${maxRows.toLocaleString('en-US')} rows`)
    rows.push({ line, cells })
  }
  return rows
}

/**
 * A spreadsheet runs a cell that begins with one of these as a formula, whoever wrote it: also behind what is shown as nothing, and in the
 * width of East Asian letters. What begins like a guarded one is guarded once more, so that it comes back as it was.
 */
const formula = /^'*(?:[\s\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n])/u

const written = (value: string | number): string => {
  const text = typeof value === 'string' && formula.test(value) ? `'${value}` : `${value}`
  return /[",;\n\r\t]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}

/** Takes the guard against formulas off again. */
export const withoutGuard = (cell: string): string =>
  cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell

/** Titles and rows with CRLF at their ends (RFC 4180, 2). */
export const writeCsv = (titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [titles, ...rows].map((row) => `${row.map(written).join(',')}\r\n`).join('')
