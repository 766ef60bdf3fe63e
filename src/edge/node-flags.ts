/** How Node is started for a process of ours that has a file of its own. */
export const nodeFlags: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  `--import=${import.meta.resolve('#schema/imports-first.ts')}`,
]
