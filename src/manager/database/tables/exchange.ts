export interface ExchangeTables {}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptExchange = {} as const satisfies Record<keyof ExchangeTables, readonly string[]>
