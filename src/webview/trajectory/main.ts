import * as z from 'zod';
import { toPageSchema, trajectoryStateSchema } from '../../presentation/trajectoryMessages';
import { Editor } from '../editor';
import { TrajectoryPage } from './page';
import '../base.css';
import './trajectory.css';

// The page may evaluate no text, which the faster way of checking would do.
z.config({ jitless: true });

new TrajectoryPage(new Editor({ incoming: toPageSchema, state: trajectoryStateSchema })).begin(
  document.body,
);
