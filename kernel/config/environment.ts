// The one place that reads the process's environment. Everything else gets settings that were
// parsed from it once, at start.

export type EnvironmentText = Readonly<Record<string, string | undefined>>

/** The environment as it is now, as a copy: nobody changes a setting behind another's back. */
export const processEnvironment = (): EnvironmentText => ({ ...process.env })
