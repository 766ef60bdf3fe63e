/** What each source may do at each decoy before somebody decides about it. */
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
  spent: boolean
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
  const sources = new Map<string, Map<string, Account>>()
  let size = 0
  const accountOf = (source: string, decoy: string): Account => {
    const own = sources.get(source) ?? new Map<string, Account>()
    sources.delete(source)
    sources.set(source, own)
    const known = own.get(decoy)
    if (known !== undefined) return known
    const account = { exchanges: 0, fresh: 0, spent: false }
    own.set(decoy, account)
    size++
    for (const [oldest, { size: gone }] of sources) {
      if (size <= most || oldest === source) break
      sources.delete(oldest)
      size -= gone
    }
    for (const oldest of own.keys()) {
      if (size <= most) break
      own.delete(oldest)
      size--
    }
    return account
  }
  const spends = (budget: Budget, account: Account, step: Step): boolean => {
    if (budget === 'observe') return false
    if (budget === 'first') return step.first
    return account.fresh >= budget.after
  }
  return {
    step: (source, decoy, budget, step) => {
      const account = accountOf(source, decoy)
      account.exchanges += step.exchanges
      account.fresh += step.exchanges
      if (account.spent) return 'held'
      if (!spends(budget, account, step)) return 'within'
      account.spent = true
      return 'spent'
    },
    exchanges: (source, decoy) => sources.get(source)?.get(decoy)?.exchanges ?? 0,
    renew: (source) => {
      for (const account of sources.get(source)?.values() ?? []) {
        if (!account.spent) continue
        account.spent = false
        account.fresh = 0
      }
    },
    lapse: (source, decoy) => {
      const account = sources.get(source)?.get(decoy)
      if (account !== undefined) account.spent = false
    },
    get size() {
      return size
    },
  }
}
