import * as z from 'zod';
import {
  leaderboardSubjectSchema,
  toLeaderboardPageSchema,
} from '../../presentation/leaderboardMessages';
import { Editor } from '../editor';
import { LeaderboardPage } from './page';
import '../base.css';
import './leaderboard.css';

// The page may evaluate no text, which the faster way of checking would do.
z.config({ jitless: true });

new LeaderboardPage(
  new Editor({ incoming: toLeaderboardPageSchema, state: leaderboardSubjectSchema }),
).begin(document.body);
