/** What risk asks of other rooms. */
import type { Manager } from '../context.ts'
import { listsMatching } from '../exchange/lists/matching.ts'
import { type Containment, proposeContainment } from '../orders/propose.ts'

export interface ListMatch {
  readonly list: string
  readonly role: 'threat' | 'veto'
}

export interface RiskPorts {
  /** Contains where an agreed response covers it, else asks a person. Without it a threshold only alerts. */
  readonly propose?: (manager: Manager, containment: Containment) => Promise<unknown>
  /** Lists of others that name addresses, by address. */
  readonly listsMatching?: (
    manager: Manager,
    ips: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly ListMatch[]>>
}

export const ports: RiskPorts = { propose: proposeContainment, listsMatching }
