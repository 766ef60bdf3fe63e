import type { Golden } from '../golden.ts'

export const opcuaGolden: readonly Golden[] = []
