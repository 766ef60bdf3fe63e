/** Text of base chains: where the kernel enters rules. */

/** Creates a base chain where it is missing. */
export const baseChain = (
  family: string,
  owner: string,
  chain: string,
  type: string,
  hook: string,
  priority: number,
): string =>
  `add chain ${family} ${owner} ${chain} { type ${type} hook ${hook} priority ${priority}; policy accept; }\n`

/** Removes a base chain whether it was there or not. */
export const absent = (family: string, owner: string, chain: string): string =>
  `add chain ${family} ${owner} ${chain}\nflush chain ${family} ${owner} ${chain}\ndelete chain ${family} ${owner} ${chain}\n`
