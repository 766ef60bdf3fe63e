/** What crosses the manager's API. Roles and permissions stand here, because clients show them. */
import * as z from 'zod'
import { Hash } from './link-values.ts'
import { Id, Time } from './manager-words.ts'

export const permissions = {
  'account:self': 'own password, second factor, sessions and API tokens',
  'system:read': 'state of the manager',
  'events:read': 'live stream of changes, events of the edges, reports',
  'audit:read': 'search and verify the audit',
  'users:read': 'list accounts',
  'users:write': 'make, change and remove accounts, and revoke the tokens of others',
  'fleet:read': 'sites, edges and what they enforce',
  'fleet:write': 'make sites and edges, enrol and revoke edges, files for edges without a line',
  'policy:read': 'policies, drafts and roll-outs',
  'policy:write': 'write drafts and ask for review',
  'policy:approve': 'approve or refuse drafts of others',
  'policy:publish': 'publish what is approved, stop and take back roll-outs',
  'orders:read': 'containments, permits and what waits for approval',
  'orders:write': 'contain, release, permit, revoke',
  'orders:approve': 'approve orders that no agreed response covers',
  'risk:read': 'risk of sources and its evidence',
  'risk:write': 'judge risk: vetoes and thresholds',
  'exchange:read': 'lists and indicators for other tools',
  'exchange:write': 'receivers and sources of lists and indicators',
} as const
export type Permission = keyof typeof permissions

const viewer = ['account:self', 'system:read', 'fleet:read', 'policy:read', 'orders:read', 'risk:read'] as const
const operator = [...viewer, 'events:read', 'orders:write', 'exchange:read'] as const
/** Who may do what: the only table that says so. An engineer writes what an approver agrees to; neither can do both. */
export const roles = {
  viewer,
  operator,
  engineer: [...operator, 'audit:read', 'policy:write', 'policy:publish'],
  approver: [...operator, 'audit:read', 'policy:approve', 'orders:approve', 'risk:write'],
  admin: [
    ...operator,
    'audit:read',
    'users:read',
    'users:write',
    'fleet:write',
    'policy:write',
    'policy:approve',
    'policy:publish',
    'orders:approve',
    'risk:write',
    'exchange:write',
  ],
} as const satisfies Record<string, readonly Permission[]>
export type Role = keyof typeof roles

export const roleNames = ['viewer', 'operator', 'engineer', 'approver', 'admin'] as const satisfies readonly Role[]
/** What an API token may be given. The account itself is managed by its person alone. */
export const scopeNames = [
  'system:read',
  'events:read',
  'audit:read',
  'users:read',
  'users:write',
  'fleet:read',
  'fleet:write',
  'policy:read',
  'policy:write',
  'policy:approve',
  'policy:publish',
  'orders:read',
  'orders:write',
  'orders:approve',
  'risk:read',
  'risk:write',
  'exchange:read',
  'exchange:write',
] as const satisfies readonly Exclude<Permission, 'account:self'>[]
export type Scope = (typeof scopeNames)[number]

const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'a name of small letters, digits, dots, hyphens, underscores or @')
/** Length decides (NIST SP 800-63B, 5.1.1); the upper end bounds the work of hashing. */
const Password = z.string().min(12, 'at least 12 characters').max(256)
const Given = z.string().min(1).max(256)
const TotpCode = z.string().regex(/^\d{6}$/, 'the six digits that the authenticator shows')
const RoleName = z.enum(roleNames)
const ScopeName = z.enum(scopeNames)

export const IdParams = z.strictObject({ id: Id })
export const Done = z.strictObject({ done: z.literal(true) })
export const Problem = z.object({
  error: z.object({ code: z.string(), what: z.string(), advice: z.string(), details: z.array(z.string()) }),
})

export const Health = z.strictObject({ ready: z.boolean(), setup: z.enum(['needed', 'done']) })
export const Status = z.strictObject({
  version: z.string(),
  started: Time,
  database: z.enum(['private', 'external']),
  users: z.int(),
  sessions: z.int(),
  tokens: z.int(),
  audit: z.int(),
  /** Of the manager that answers. */
  alarms: z.array(z.string()),
})
export const RolesAnswer = z.strictObject({
  permissions: z.record(z.string(), z.string()),
  roles: z.record(z.string(), z.array(z.string())),
})

export const SetupRequest = z.strictObject({ code: z.string().min(1).max(64), name: Name, password: Password })
export const LoginRequest = z.strictObject({
  name: z.string().min(1).max(64),
  password: Given,
  totp: TotpCode.optional(),
})

export const User = z.strictObject({
  id: Id,
  name: Name,
  role: RoleName,
  disabled: z.boolean(),
  totp: z.boolean(),
  created: Time,
  changed: Time,
})
export type User = z.output<typeof User>
export const Users = z.strictObject({ users: z.array(User) })
export const NewUser = z.strictObject({ name: Name, role: RoleName, password: Password })
export const UserChange = z
  .strictObject({
    role: RoleName.optional(),
    disabled: z.boolean().optional(),
    password: Password.optional(),
    totp: z.literal(false).optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'nothing to change')

export const Me = z.strictObject({ actor: z.string(), user: User.optional(), permissions: z.array(z.string()) })
export const PasswordChange = z.strictObject({ current: Given, password: Password })
export const PasswordProof = z.strictObject({ current: Given })
/** `secret` in base 32, `uri` for a QR code (otpauth). */
export const TotpStart = z.strictObject({ secret: z.string(), uri: z.string() })
export const TotpConfirm = z.strictObject({ code: TotpCode })

export const Session = z.strictObject({ id: Id, address: z.string(), created: Time, used: Time, current: z.boolean() })
export const Sessions = z.strictObject({ sessions: z.array(Session) })

export const Token = z.strictObject({
  id: Id,
  user: Name,
  name: z.string(),
  scopes: z.array(ScopeName),
  created: Time,
  expires: Time,
  used: Time.nullable(),
})
export type Token = z.output<typeof Token>
export const Tokens = z.strictObject({ tokens: z.array(Token) })
export const NewToken = z.strictObject({
  current: Given,
  name: z.string().min(1).max(64),
  scopes: z.array(ScopeName).min(1).max(scopeNames.length),
  days: z.int().min(1).max(366).default(90),
})
/** The one time that the secret is shown. */
export const MadeToken = z.strictObject({ token: Token, secret: z.string() })

export const AuditRow = z.strictObject({
  sequence: z.int(),
  time: Time,
  actor: z.string(),
  action: z.string(),
  object: z.string(),
  /** SHA-256 of the object's canonical JSON; absent where there was, or is, none. */
  before: Hash.optional(),
  after: Hash.optional(),
  hash: Hash,
})
export type AuditRow = z.output<typeof AuditRow>
export const AuditQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})
export const AuditPage = z.strictObject({ rows: z.array(AuditRow) })
export const AuditReport = z.strictObject({
  ok: z.boolean(),
  rows: z.int(),
  head: Hash,
  /** At most 100. */
  findings: z.array(z.strictObject({ sequence: z.int(), what: z.string() })),
})
export type AuditReport = z.output<typeof AuditReport>
