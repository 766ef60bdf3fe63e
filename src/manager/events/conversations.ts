/** Who spoke with whom, as edges counted it. */
import type { Manager } from '../context.ts'

export interface Conversation {
  readonly site: string
  readonly edge: string
  readonly source: string
  readonly destination: string
  readonly protocol: string
  /** 0: none */
  readonly port: number
  readonly packets: number
  readonly first: Date
  readonly last: Date
}

/** Nothing is recorded yet. */
export const conversationsOf = async (_manager: Manager, _ip: string, _days: number): Promise<Conversation[]> => []
