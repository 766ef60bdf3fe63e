export interface EventTables {}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptEvent = {} as const satisfies Record<keyof EventTables, readonly string[]>
