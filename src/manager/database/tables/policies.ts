export interface PolicyTables {}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptPolicy = {} as const satisfies Record<keyof PolicyTables, readonly string[]>
