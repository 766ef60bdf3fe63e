/** What risk asks of other rooms. */
import type { responseEvents } from '#schema/site.ts'
import type { Manager } from '../context.ts'
import { listsMatching } from '../exchange/lists/matching.ts'
import { proposeContainment } from '../orders/propose.ts'

/** A source that reached a threshold whose response is to contain it. */
export interface Containment {
  readonly site: string
  /** Of the newest evidence. */
  readonly edge: string
  readonly ip: string
  /** What is proposed under it is proposed once. */
  readonly key: string
  /** ms since 1970 */
  readonly detected: number
  readonly text: string
  /** The agreed response that would cover it. Without one a person is asked. */
  readonly response?: { readonly event: (typeof responseEvents)[number]; readonly zone: string }
}

export interface ListMatch {
  readonly list: string
  readonly role: 'threat' | 'veto'
}

export interface RiskPorts {
  /** Contains where an agreed response covers it, else asks a person. Without it a threshold only alerts. */
  readonly propose?: (manager: Manager, containment: Containment) => Promise<unknown>
  /** Lists of others that name an address. */
  readonly listsMatching?: (manager: Manager, ip: string) => Promise<readonly ListMatch[]>
}

export const ports: RiskPorts = { propose: proposeContainment, listsMatching }
