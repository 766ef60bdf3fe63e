/** A terminal that is redrawn in place: only lines that changed are written, in one piece, so that nothing flickers. */

export interface Terminal {
  write(text: string): unknown
  readonly columns?: number
  readonly rows?: number
  on(event: 'resize', listener: () => void): unknown
}

const escape = '\u001B['
const enter = `${escape}?1049h${escape}?25l${escape}?7l`
const leave = `${escape}?7h${escape}?25h${escape}?1049l`
/** Terminals that know it hold the picture back until it is complete; others ignore it. */
const together = [`${escape}?2026h`, `${escape}?2026l`] as const

export class Screen {
  readonly #terminal: Terminal
  #shown: readonly string[] = []
  #open = false

  constructor(terminal: Terminal, onResize: () => void) {
    this.#terminal = terminal
    terminal.on('resize', () => {
      this.refresh()
      onResize()
    })
  }

  get width(): number {
    return this.#terminal.columns ?? 80
  }
  get height(): number {
    return this.#terminal.rows ?? 24
  }

  /** Forgets what is shown: the next picture is drawn whole. */
  refresh(): void {
    if (!this.#open) return
    this.#shown = []
    this.#terminal.write(enter + `${escape}2J`)
  }

  /** Shows the lines, each exactly as wide as the terminal. */
  draw(lines: readonly string[]): void {
    const opening = this.#open ? '' : enter + `${escape}2J`
    this.#open = true
    const changed = lines
      .slice(0, this.height)
      .map((line, at) => (line === this.#shown[at] ? '' : `${escape}${at + 1};1H${line}${escape}0m`))
      .join('')
    const rest = lines.length < this.#shown.length ? `${escape}${lines.length + 1};1H${escape}J` : ''
    this.#shown = lines
    if (opening + changed + rest !== '') this.#terminal.write(opening + together[0] + changed + rest + together[1])
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#terminal.write(leave)
  }
}
