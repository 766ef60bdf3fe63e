/**
 * `node:http`. An `import` of it reads every getter of the module, and one of them loads Node's whole fetch implementation: 50 to
 * 90 ms of processor at every start of a command or a daemon. Asked for this way, it costs none.
 */
export const { createServer, request } = process.getBuiltinModule('node:http')
