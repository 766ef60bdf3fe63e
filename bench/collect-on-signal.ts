/** Loaded into the manager's process by a benchmark of memory: SIGUSR2 collects what is garbage, so that what is left can be read. */
process.on('SIGUSR2', () => {
  for (let round = 0; round < 3; round++) globalThis.gc?.()
})
