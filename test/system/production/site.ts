/** A plant with its edge, its production and an intruder, for tests of an edge that is harmed. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { running, unload } from '#edge/kernel/generations.ts'
import { Nft } from '#linux/nftables.ts'
import { startDaemon, type Daemon, type DaemonOptions } from '../edge-process.ts'
import { until as patiently } from '../until.ts'
import type { World } from '../world/world.ts'
import { startIntruder, type Intruder } from './intruder.ts'
import { createPlant, edgeName, startProduction, type Production } from './production.ts'

export class Site {
  readonly world: World
  readonly options: DaemonOptions
  readonly #production: Production
  readonly #intruder: Intruder
  daemon: Daemon

  private constructor(
    world: World,
    options: DaemonOptions,
    parts: { production: Production; intruder: Intruder; daemon: Daemon },
  ) {
    this.world = world
    this.options = options
    this.#production = parts.production
    this.#intruder = parts.intruder
    this.daemon = parts.daemon
  }

  /** Everything runs, the edge enforces, and the intruder is known to come through where there is no edge. */
  static async build({ name, home, policy }: { name: string; home: string; policy: string }): Promise<Site> {
    const world = await createPlant(name)
    const production = await startProduction(world)
    const intruder = startIntruder(world)
    try {
      let through = 0
      for (const limit = performance.now() + 30_000; through <= 10 && performance.now() < limit; await sleep(20))
        through += (await intruder.delivered()).length
      assert.ok(through > 10, 'without an edge the intruder gets through')
      const at = `${home}/${name}`
      const options = { policy, edge: edgeName, state: at, policyFile: `${at}.yaml`, socket: `${at}.sock` }
      const daemon = await startDaemon(world, options)
      await intruder.delivered()
      return new Site(world, options, { production, intruder, daemon })
    } catch (error) {
      await Promise.all([intruder.stop(), production.stop()])
      await world.close()
      throw error
    }
  }

  /** Digest of the plan that the kernel enforces now. */
  get enforced(): string | undefined {
    return running(this.world.edge)?.digest
  }

  /** Takes our rules out of the kernel. */
  forget(): void {
    const nft = Nft.open({ namespace: this.world.edge })
    unload(nft)
    nft.close()
  }

  /** Frames out of scope that came through since the last call. */
  delivered(): Promise<readonly string[]> {
    return this.#intruder.delivered()
  }

  async restart(): Promise<void> {
    this.daemon = await startDaemon(this.world, this.options)
  }

  /** Kinds of the events since a moment. */
  async kinds(since: string): Promise<string[]> {
    return (await this.daemon.events({ since, limit: 10_000 })).map(({ kind }) => kind)
  }

  /** Does something; meanwhile no poll may be lost, and nothing out of scope delivered unless `open`. */
  async unharmed<T>(work: () => Promise<T>, { open = false }: { open?: boolean } = {}): Promise<T> {
    const at = await this.#production.settled()
    await this.delivered()
    const { sent } = this.#intruder
    const result = await work()
    await until('the intruder tries', 10_000, () => this.#intruder.sent - sent > 10)
    const delivered = await this.delivered()
    if (!open) assert.deepEqual(delivered, [], 'frames out of scope were delivered')
    const now = await this.#production.settled()
    assert.ok(now.answered > at.answered, 'polls were answered')
    assert.deepEqual({ lost: now.lost, broken: now.broken }, { lost: at.lost, broken: at.broken })
    return result
  }

  async close(): Promise<void> {
    await this.daemon.stop()
    await this.#intruder.stop()
    await this.#production.stop()
    await this.world.close()
  }
}

/** Waits for something. @returns ms that it took @throws Error after `limitMs` */
export const until = (what: string, limitMs: number, holds: () => boolean): Promise<number> =>
  patiently(what, holds, { limitMs })
