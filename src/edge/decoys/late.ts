import { createRequire } from 'node:module'
import type { Plan } from '#policy/plan.ts'
import { isSomethingLeft } from './hub.ts'
import type { DecoyKeeper } from './keeper.ts'
import type * as Shipped from './shipped.ts'

const require = createRequire(import.meta.url)

export type Decoys = Pick<DecoyKeeper, keyof DecoyKeeper>

const hasPools = ({ decoys }: Plan): boolean => decoys !== undefined && decoys.pools.length > 0

/**
 * The decoys of an edge. What lets them stand is a fifth of all modules of a daemon: it is loaded once the plan has some, an earlier
 * daemon has left some, or somebody asks for them.
 */
export class LateDecoys implements Decoys {
  #keeper: DecoyKeeper | undefined
  #looked = false

  constructor(plan: Plan) {
    if (hasPools(plan)) this.#loaded()
  }

  tick(...[edge]: Parameters<Decoys['tick']>): Promise<void> {
    return this.#isIdle(edge) ? Promise.resolve() : this.#loaded().tick(edge)
  }

  takeRecord(...[edge, said]: Parameters<Decoys['takeRecord']>): void {
    this.#loaded().takeRecord(edge, said)
  }

  takeReport(...[report]: Parameters<Decoys['takeReport']>): void {
    this.#keeper?.takeReport(report)
  }

  shuffle(...[edge, request]: Parameters<Decoys['shuffle']>): ReturnType<Decoys['shuffle']> {
    return this.#loaded().shuffle(edge, request)
  }

  giveBack(...[edge, request]: Parameters<Decoys['giveBack']>): ReturnType<Decoys['giveBack']> {
    return this.#loaded().giveBack(edge, request)
  }

  forgive(...[source]: Parameters<Decoys['forgive']>): void {
    this.#keeper?.forgive(source)
  }

  list(...[edge]: Parameters<Decoys['list']>): ReturnType<Decoys['list']> {
    return this.#loaded().list(edge)
  }

  sessions(...[edge, query]: Parameters<Decoys['sessions']>): ReturnType<Decoys['sessions']> {
    return this.#loaded().sessions(edge, query)
  }

  session(...[edge, request]: Parameters<Decoys['session']>): ReturnType<Decoys['session']> {
    return this.#loaded().session(edge, request)
  }

  status(): ReturnType<Decoys['status']> {
    return this.#keeper?.status()
  }

  close(...[edge]: Parameters<Decoys['close']>): Promise<void> {
    return this.#isIdle(edge) ? Promise.resolve() : this.#loaded().close(edge)
  }

  #isIdle(edge: Parameters<Decoys['tick']>[0]): boolean {
    if (this.#keeper !== undefined || hasPools(edge.plan)) return false
    this.#looked ||= !isSomethingLeft(edge)
    return this.#looked
  }

  #loaded(): DecoyKeeper {
    if (this.#keeper !== undefined) return this.#keeper
    const shipped: typeof Shipped = require('./shipped.ts')
    this.#keeper = shipped.shippedDecoys()
    return this.#keeper
  }
}
