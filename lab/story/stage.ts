/** What a chapter of the story has at hand, and how it says what it does. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#core/errors.ts'
import type { Check } from '../figures.ts'
import type { ManagerLine } from '../fabric/line.ts'
import type { Tell } from '../messages.ts'
import { program, rowOf, type Device, type Row } from '../plant/device.ts'
import type { LabEdge } from '../plant/edge.ts'
import type { Finished, Plant } from '../plant/plant.ts'
import type { Production } from '../plant/production.ts'
import type { Count, Witness } from '../plant/witness.ts'
import type { Ledger } from './ledger.ts'

export interface Chapter {
  readonly id: string
  readonly title: string
  readonly run: (stage: Stage) => Promise<void>
}

/** The other site; its edge and its people start while the story is told already. */
export interface Dairy {
  readonly plant: Plant
  readonly edge: LabEdge
  readonly production: Promise<Production>
}

/** The manager, and the other site that it looks after. */
export interface Fabric {
  readonly manager: ManagerLine
  readonly dairy: Dairy
  /** Since the manager was started again: whether both edges have found it, and nothing waits any more. */
  return?: Promise<boolean>
}

export interface Parts {
  readonly fabric: Fabric
  readonly plant: Plant
  readonly edge: LabEdge
  readonly devices: readonly Device[]
  readonly production: Production
  readonly witness: Witness
  readonly ledger: Ledger
  readonly tell: Tell
  /** 1 leaves time to read; 10 takes a tenth of it. */
  readonly speed: number
}

export class Stage {
  readonly fabric: Fabric
  readonly plant: Plant
  readonly edge: LabEdge
  readonly devices: readonly Device[]
  readonly production: Production
  readonly witness: Witness
  readonly ledger: Ledger
  readonly checks: Check[] = []
  readonly #tell: Tell
  readonly #speed: number

  constructor({ fabric, plant, edge, devices, production, witness, ledger, tell, speed }: Parts) {
    this.fabric = fabric
    this.plant = plant
    this.edge = edge
    this.devices = devices
    this.production = production
    this.witness = witness
    this.ledger = ledger
    this.#tell = tell
    this.#speed = speed
  }

  /** Says a sentence and leaves time to read it. */
  async say(text: string, seconds = 0.5 + text.length / 80): Promise<void> {
    this.#tell({ type: 'say', text })
    await this.pause(seconds)
  }

  /** Time for a reader, not for the machines: shorter at a higher speed. */
  pause(seconds: number): Promise<void> {
    return sleep((seconds * 1000) / this.#speed)
  }

  /** Time for the machines. */
  wait(ms: number): Promise<void> {
    return sleep(ms)
  }

  /** Runs a real program on a machine of the plant, to its end or until it has done enough. */
  run(host: string, argv: readonly string[], enough?: AbortSignal): Promise<Finished> {
    this.#tell({ type: 'tool', host, argv })
    return this.plant.run(host, argv, enough)
  }

  /**
   * Gives orders to a client of the lab on a machine: one connection to `target`, one order after the other.
   * @returns the answer to each
   */
  async orders(host: string, client: string, target: string, orders: readonly string[]): Promise<readonly Row[]> {
    const { ip } = this.plant.host(target)
    this.#tell({ type: 'tool', host, argv: [client, target, ...orders] })
    const { stdout } = await this.plant.run(host, program(client, '--host', ip, '--', ...orders))
    const answers = stdout
      .split('\n')
      .map(rowOf)
      .filter((row) => 'order' in row)
    return orders.map((order, at) => answers[at] ?? { order, error: 'no answer' })
  }

  device(host: string): Device {
    const found = this.devices.find((device) => device.host === host)
    if (found === undefined) throw new Fault('not-found', `The plant has no device \`${host}\`.`)
    return found
  }

  check(ok: boolean, text: string): void {
    this.checks.push({ ok, text })
    this.#tell({ type: 'check', ok, text })
  }

  /** Counts what an attacker sends and what gets through while `act` runs, and enters it in the ledger. */
  async attack(mac: string, act: () => Promise<unknown>): Promise<Count> {
    const before = this.witness.count(mac)
    await act()
    await sleep(100)
    return this.ledger.attack(before, this.witness.count(mac))
  }

  /** Polls lost since the start, as of now. */
  async pollsLost(): Promise<number> {
    return (await this.production.totals()).reduce((total, { lost }) => total + lost, 0)
  }
}
