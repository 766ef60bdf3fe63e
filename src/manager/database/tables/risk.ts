export interface RiskTables {}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptRisk = {} as const satisfies Record<keyof RiskTables, readonly string[]>
