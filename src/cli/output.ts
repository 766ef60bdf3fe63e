import { styleText } from 'node:util'
import { broken, columnsOf, filled, legible, legibleJson, legibleLines } from '#core/legible.ts'

/** What every command writes to; process.stdout and process.stderr fit. */
export type Sink = { write(text: string): unknown; isTTY?: boolean; columns?: number }
export type Style = Parameters<typeof styleText>[0]
export type Cell = string | number
export type Column<Row> = {
  title: string
  cell: (row: Row) => Cell
  right?: boolean
  style?: (row: Row) => Style | undefined
}

/** Rows and columns of the terminal. A serial line does not know its own, and says 0. */
export const screen = (): { readonly rows: number; readonly columns: number } => {
  const { rows, columns } = process.stdout
  return { rows: rows > 0 ? rows : 24, columns: columns > 0 ? columns : 80 }
}

let outlives = false
/**
 * From here on output that cannot be written ends nothing, whether its reader went away (a pipe, a terminal) or the disk under it is full:
 * there is work that goes on without words, and that is ended in order.
 */
export const outliveReader = (): void => {
  outlives = true
}

/** Called when the output cannot be written. A reader that went away (`bulkhead edge events | head`) is the ordinary end of a command. */
export const readerLost = (error: NodeJS.ErrnoException): void => {
  if (outlives) return
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
  process.exit(0)
}

/** What {@link paint} writes around a text, and nothing that hides one: no concealing, no blinking, no reversing. */
// oxlint-disable-next-line no-control-regex -- exactly these
const ownPaint = /^\u001b\[(?:[0-4]|2\d|[349]\d|10\d)(?:;1)?m$/

// oxlint-disable-next-line no-control-regex -- exactly these
const paintOrText = /\u001b\[[\d;]*m|\u001b|[^\u001b]+/g

/** What a command says on a terminal: its own lines and colours. Whatever else steers one came from others, and is shown as dots. */
const harmless = (text: string): string =>
  text.replaceAll(paintOrText, (part) => (ownPaint.test(part) ? part : legibleLines(part)))

const home = '\u001B[H'
const clearLine = '\u001B[K'
const clearBelow = '\u001B[J'

/**
 * Text drawn over the text before it, never longer than the screen: a longer one would scroll the first line away. What is wider than the
 * screen goes on in the next row of it, and counts there.
 */
export const redrawn = (text: string, { rows, columns } = screen()): string => {
  const lines = harmless(text)
    .split('\n')
    .flatMap((line) => broken(line, columns))
    .slice(0, Math.max(1, rows - 1))
  const unpainted = text.includes('\u001B') ? '\u001B[0m' : ''
  // Cleared before it is written: behind a row that fills the line the cursor stands on its last character.
  return `${home}${lines.map((line) => `${clearLine}${line}`).join('\n')}${unpainted}\n${clearBelow}`
}

/** What asks a command to end, as Ctrl-C does: also a terminal that is closed. */
export const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** `12,345`. */
export const count = (value: number): string => value.toLocaleString('en-US')

/** `1 conduit`, `2 conduits`. */
export const plural = (value: number, noun: string, many = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : many}`

/** JSON on one line. Counters are bigint where they come from the kernel; they stay numbers as long as that is exact. */
export const toJson = (value: unknown): string =>
  legibleJson(
    JSON.stringify(value, (_key, item: unknown) =>
      typeof item !== 'bigint' ? item : Number.isSafeInteger(Number(item)) ? Number(item) : item.toString(),
    ),
  )

/**
 * The one way a command speaks. With `--json` standard output carries exactly one JSON value (`result`), or one per line for
 * an endless command (`record`), and nothing else.
 */
export class Output {
  readonly json: boolean
  readonly #stdout: Sink
  readonly #stderr: Sink
  #printed = false

  constructor(options: { json: boolean; stdout?: Sink; stderr?: Sink }) {
    this.json = options.json
    this.#stdout = options.stdout ?? process.stdout
    this.#stderr = options.stderr ?? process.stderr
  }

  /** True when a person watches: only then may a command redraw lines. */
  get terminal(): boolean {
    return !this.json && this.#stdout.isTTY === true
  }

  /** False on one that knows no escape sequences: there nothing is drawn over what was there before. */
  get redraws(): boolean {
    return this.terminal && process.env['TERM'] !== 'dumb'
  }

  /** The answer of the command: `value` as JSON, or what `human` makes of it. At most once. */
  result(value: unknown, human: () => string): void {
    if (this.json && this.#printed) throw new Error('a command printed two JSON results')
    this.#printed = true
    this.#line(this.json ? toJson(value) : human())
  }

  /** One item of a stream without an end: one JSON value per line, or what `human` makes of it. */
  record(value: unknown, human: () => string): void {
    this.#line(this.json ? toJson(value) : human())
  }

  /** The same of a view that takes the place of the one before it, where the terminal {@link redraws}. */
  view(value: unknown, human: () => string): void {
    if (this.redraws) this.#stdout.write(redrawn(human()))
    else this.record(value, () => `${human()}\n`)
  }

  /** A line for people only, on standard output. */
  say(text: string): void {
    if (!this.json) this.#line(text)
  }

  /** Progress and warnings: standard error, so that a pipe stays clean. */
  note(text: string): void {
    this.#stderr.write(`${legibleLines(text)}\n`)
  }

  /** Says that a list ends at a limit which nobody asked for: it is not taken for all there is. @param more what shows the rest */
  cut(shown: number, limit: number, more = '--limit shows more'): void {
    if (!this.json && shown >= limit) this.note(`Only the newest ${limit} are shown; ${more}.`)
  }

  /** Colour on a terminal without NO_COLOR, else the text as it is. */
  paint(style: Style, text: string): string {
    return paint(this.#stdout, style, text)
  }

  /** Rows under their titles, columns aligned, cells {@link legible}; `empty` when there are none. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty = 'none'): string {
    if (rows.length === 0) return empty
    const cells = rows.map((row) => columns.map((column) => legible(String(column.cell(row)))))
    const widths = columns.map((column, at) =>
      cells.reduce((most, line) => Math.max(most, columnsOf(line[at]!)), column.title.length),
    )
    const pad = (text: string, at: number): string =>
      columns[at]!.right === true
        ? filled(text, widths[at]!, true)
        : at === columns.length - 1
          ? text
          : filled(text, widths[at]!)
    const head = this.paint('bold', columns.map((column, at) => pad(column.title, at)).join('  '))
    const body = cells.map((line, index) =>
      line
        .map((text, at) => {
          const style = columns[at]!.style?.(rows[index]!)
          return style === undefined ? pad(text, at) : this.paint(style, pad(text, at))
        })
        .join('  ')
        .trimEnd(),
    )
    return [head, ...body].join('\n')
  }

  #line(text: string): void {
    const line = text.endsWith('\n') ? text : `${text}\n`
    // What goes into a file or to another program is as it is.
    this.#stdout.write(this.terminal ? harmless(line) : line)
  }
}

/** Colour only where it is shown: on a terminal, and not when NO_COLOR is set to anything (https://no-color.org). */
export const paint = (sink: Sink, style: Style, text: string): string =>
  sink.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
    ? styleText(style, text, { validateStream: false })
    : text
