/**
 * What each source may do at decoys before somebody decides about it: so many exchanges at one, and at no more decoys than that. Who
 * asks each of a hundred once, or only connects, is looking around as well.
 */
import type { Budget } from '#schema/decoys.ts'

/** What happened at a decoy. */
export interface Step {
  /** The first packet after the handshake, or a handshake after which the device speaks: the budget `first` is spent. */
  readonly first: boolean
  readonly exchanges: number
}

interface Account {
  /** Exchanges in all. */
  exchanges: number
  /** Exchanges since the last time that the source was let go on. */
  fresh: number
  /** It is one of {@link Source.visited}. */
  counted: boolean
  spent: boolean
}

interface Source {
  /** By key of the decoy. */
  readonly decoys: Map<string, Account>
  /** Decoys with a number for a budget that it touched since it was let go on the last time. */
  visited: number
}

export interface Ledger {
  /**
   * @param decoy key of the decoy, another one for each identity
   * @returns `spent` when this step spent the budget, `held` when it was spent before and nothing is decided yet
   */
  step(source: string, decoy: string, budget: Budget, step: Step): 'within' | 'spent' | 'held'
  /** Exchanges of this source with this decoy in all. */
  exchanges(source: string, decoy: string): number
  /** What is spent of this source may be spent once more. */
  renew(source: string): void
  /** Nobody decided in time: the next step asks once more. */
  lapse(source: string, decoy: string): void
  /** Pairs that are remembered. */
  readonly size: number
}

/** @param most pairs of source and decoy; beyond, the source that did nothing for longest is forgotten */
export const ledger = (most: number): Ledger => {
  const sources = new Map<string, Source>()
  let size = 0
  const ownOf = (name: string): Source => {
    const own = sources.get(name) ?? { decoys: new Map<string, Account>(), visited: 0 }
    sources.delete(name)
    sources.set(name, own)
    return own
  }
  const accountOf = (name: string, { decoys }: Source, decoy: string): Account => {
    const known = decoys.get(decoy)
    if (known !== undefined) return known
    const account = { exchanges: 0, fresh: 0, counted: false, spent: false }
    decoys.set(decoy, account)
    size++
    for (const [oldest, gone] of sources) {
      if (size <= most || oldest === name) break
      sources.delete(oldest)
      size -= gone.decoys.size
    }
    for (const oldest of decoys.keys()) {
      if (size <= most) break
      decoys.delete(oldest)
      size--
    }
    return account
  }
  const spends = (budget: Budget, source: Source, account: Account, step: Step): boolean => {
    if (budget === 'observe') return false
    if (budget === 'first') return step.first
    if (!account.counted) source.visited++
    account.counted = true
    return account.fresh >= budget.after || source.visited > budget.after
  }
  return {
    step: (name, decoy, budget, step) => {
      const source = ownOf(name)
      const account = accountOf(name, source, decoy)
      account.exchanges += step.exchanges
      account.fresh += step.exchanges
      if (account.spent) return 'held'
      if (!spends(budget, source, account, step)) return 'within'
      account.spent = true
      return 'spent'
    },
    exchanges: (name, decoy) => sources.get(name)?.decoys.get(decoy)?.exchanges ?? 0,
    renew: (name) => {
      const source = sources.get(name)
      if (source === undefined) return
      source.visited = 0
      for (const account of source.decoys.values()) {
        account.counted = false
        if (!account.spent) continue
        account.spent = false
        account.fresh = 0
      }
    },
    lapse: (name, decoy) => {
      const account = sources.get(name)?.decoys.get(decoy)
      if (account !== undefined) account.spent = false
    },
    get size() {
      return size
    },
  }
}
