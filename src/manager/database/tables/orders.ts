export interface OrderTables {}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptOrder = {} as const satisfies Record<keyof OrderTables, readonly string[]>
