/** Frames in at one wire of the edge, frames out at the other, and what the kernel contained because of them. No daemon. */
import { bridgeSysctls } from '#edge/enforce.ts'
import { listContained } from '#edge/kernel/containment.ts'
import { listSet } from '#edge/kernel/elements.ts'
import { readCounters } from '#edge/kernel/counters.ts'
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { writeSysctl } from '#linux/sysctl.ts'
import { table } from '#policy/nft/names.ts'
import type { Plan } from '#policy/plan.ts'
import { stayOnOneProcessor, Wires } from '../differential/wires.ts'

export interface Delivery {
  /** Position of the frame among those sent. */
  readonly at: number
  /** Port it came out by. */
  readonly port: string
  readonly intact: boolean
}

export class Scene {
  readonly wires: Wires
  #plan: Plan | undefined

  private constructor(wires: Wires) {
    this.wires = wires
  }

  static async open(ports: readonly string[] = ['plant', 'cell']): Promise<Scene> {
    stayOnOneProcessor()
    return new Scene(await Wires.open(ports))
  }

  /** Forgets everything and enforces a plan. */
  async enforce(plan: Plan): Promise<void> {
    unload(this.wires.nft)
    this.#plan = plan
    for (const [name, value] of bridgeSysctls(plan, false))
      writeSysctl(name, value, { namespace: this.wires.world.edge })
    await loadGeneration(plan, new Map(), this.wires.world.edge)
  }

  /** Sends frames at a port. @returns what came out at the others */
  async send(port: string, frames: readonly Uint8Array[]): Promise<Delivery[]> {
    const ids = new Map(frames.map((frame, at) => [this.wires.send(port, frame), at]))
    return (await this.wires.settled()).flatMap(({ id, port: out, intact }) => {
      const at = ids.get(id)
      return at === undefined ? [] : [{ at, port: out, intact }]
    })
  }

  /** The names of those rows whose frame was delivered. */
  async passing(port: string, rows: Readonly<Record<string, Uint8Array>>): Promise<string[]> {
    const names = Object.keys(rows)
    const delivered = await this.send(port, Object.values(rows))
    return [...new Set(delivered.map(({ at }) => names[at] ?? ''))].toSorted()
  }

  /** `kind address` of everybody contained. */
  contained(): string[] {
    return listContained(this.wires.nft, 'bridge')
      .map(({ kind, ip }) => `${kind} ${ip}`)
      .toSorted()
  }

  /** MACs that are contained with all their frames. */
  macs(): string[] {
    return listSet(this.wires.nft, 'bridge', table, 'stranger_macs')
      .map(({ key }) => key[2] ?? '')
      .toSorted()
  }

  count(counter: string): number {
    return readCounters('bridge', this.wires.world.edge).get(counter)?.packets ?? 0
  }

  get plan(): Plan {
    if (this.#plan === undefined) throw new Error('no plan is enforced')
    return this.#plan
  }

  async close(): Promise<void> {
    await this.wires.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
