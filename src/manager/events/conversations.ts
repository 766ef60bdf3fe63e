/** Who spoke with whom, from what edges recorded. */
import type { Manager } from '../context.ts'

export interface RecordedConversation {
  readonly site: string
  readonly edge: string
  readonly source: string
  readonly destination: string
  readonly protocol?: string
  readonly port?: number
  readonly conduit?: string
  readonly packets: number
  /** ms since 1970 */
  readonly last: number
}

/** Nothing is recorded yet. */
export const conversationsOf = async (
  _manager: Manager,
  _ip: string,
  _days: number,
): Promise<readonly RecordedConversation[]> => []
