/** What every controller of the plant runs, whatever protocol it speaks: a tank under the control of a program. */
import { print } from './arguments.ts'
import { advance, fullTank, newTank, type Tank } from './tank.ts'

const cycleMs = 100

export class Line {
  tank: Tank = newTank()
  /** Stopped: the outputs stay as they are and nothing is controlled. */
  running = true
  /** Counts programs that were taken over. */
  program = 1
  readonly #timer: NodeJS.Timeout

  constructor() {
    let cycle = performance.now()
    this.#timer = setInterval(() => {
      const now = performance.now()
      if (this.running) this.tank = advance(this.tank, (now - cycle) / 1000)
      cycle = now
    }, cycleMs)
  }

  get level(): number {
    return this.tank.level
  }

  get setpoint(): number {
    return this.tank.levelSetpoint
  }

  /** @returns whether the value is one that the controller takes */
  set(value: number): boolean {
    if (!(value >= 0 && value <= fullTank)) return false
    this.tank = { ...this.tank, levelSetpoint: value }
    print({ kind: 'write', setpoint: value })
    return true
  }

  open(inletOpen: boolean): void {
    this.tank = { ...this.tank, inletOpen }
    print({ kind: 'write', inlet: inletOpen })
  }

  run(running: boolean): void {
    this.running = running
    this.tell()
  }

  /** Says in which state it is. */
  tell(): void {
    print({ kind: 'state', running: this.running, program: this.program })
  }

  load(bytes: number): void {
    this.program++
    print({ kind: 'state', running: this.running, program: this.program, bytes })
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
