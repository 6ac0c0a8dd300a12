import type { ErrorComponentProps } from '@tanstack/react-router'
import { ErrorPanel } from '../../ui/parts/error-panel.tsx'

/** A screen that failed while it was drawn. */
export const Broken = ({ error }: ErrorComponentProps) => (
  <ErrorPanel error={error} onRetry={() => location.reload()} />
)
