// One database role a service, so that PostgreSQL itself keeps services out of each other's tables, raw SQL included. Roles
// belong to the whole cluster while databases are many and are migrated side by side, so making one tolerates that somebody
// else just has. Where the server does not let us make roles, everything runs under one, and the caller is told.

import type pg from 'pg'

export type RoleMode = 'separate' | 'single'

/** Every service's role is a member; the kernel's migrations grant to it what services may do with the kernel. */
export const GROUP_ROLE = 'rialto_services'

const RESERVED = new Set(['kernel', 'bus', 'public', 'services', 'information_schema', 'pgboss'])

/** The database role of a service. Its schema bears the service's own name. */
export function roleOf(service: string): string {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(service) || service.startsWith('pg_') || RESERVED.has(service))
    throw new Error(`"${service}" cannot be a service's name in the database`)
  return `rialto_${service}`
}

/** What two sessions making the same role or grant at once may see: exists, unique violation, tuple concurrently updated. */
const RACE_CODES = new Set(['42710', '23505', 'XX000'])
const RACE_TRIES = 10

async function settled(client: pg.Client, text: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await client.query(text)
      return
    } catch (error) {
      const code = (error as { code?: string }).code ?? ''
      // "Exists already" is what was wanted; the others left nothing behind and are tried again.
      if (code === '42710') return
      if (!RACE_CODES.has(code) || tries === RACE_TRIES) throw error
    }
  }
}

interface Standing {
  readonly superuser: boolean
  readonly may_create: boolean
}

async function standing(client: pg.Client): Promise<Standing> {
  const { rows } = await client.query<Standing>(
    `select rolsuper as superuser, rolsuper or rolcreaterole as may_create
       from pg_roles where rolname = current_user`,
  )
  const [row] = rows
  if (row === undefined) throw new Error('the database does not know its own current user')
  return row
}

const exists = async (client: pg.Client, role: string): Promise<boolean> =>
  (await client.query('select from pg_roles where rolname = $1', [role])).rowCount === 1

/** Whether `member` may act as `role` without being its superuser. */
const isMember = async (client: pg.Client, member: string, role: string): Promise<boolean> => {
  const { rows } = await client.query<{ yes: boolean }>(
    `select exists (
       select from pg_auth_members m
         join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
        where r.rolname = $2 and u.rolname = $1) as yes`,
    [member, role],
  )
  return rows[0]?.yes === true
}

async function ensureRole(client: pg.Client, role: string, me: Standing): Promise<void> {
  if (!(await exists(client, role))) await settled(client, `create role ${role} nologin`)
  if (me.superuser) return
  const { rows } = await client.query<{ name: string }>('select current_user as name')
  const name = rows[0]?.name ?? ''
  if (!(await isMember(client, name, role))) await settled(client, `grant ${role} to current_user`)
}

/**
 * Makes the group role and one role a service, each usable by the current user. Answers `single`, having done nothing, when
 * roles are missing and the server does not let us make them; roles that an administrator made beforehand are used.
 */
export async function ensureRoles(
  client: pg.Client,
  services: readonly string[],
): Promise<RoleMode> {
  const me = await standing(client)
  const roles = services.map(roleOf)
  if (!me.may_create) {
    for (const role of [GROUP_ROLE, ...roles]) {
      const { rows } = await client.query<{ usable: boolean }>(
        `select exists (select from pg_roles where rolname = $1
           and pg_has_role(current_user, oid, 'member')) as usable`,
        [role],
      )
      if (rows[0]?.usable !== true) return 'single'
    }
    return 'separate'
  }
  for (const role of [GROUP_ROLE, ...roles]) await ensureRole(client, role, me)
  for (const role of roles)
    if (!(await isMember(client, role, GROUP_ROLE)))
      await settled(client, `grant ${GROUP_ROLE} to ${role}`)
  return 'separate'
}
