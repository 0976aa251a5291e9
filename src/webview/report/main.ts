import * as z from 'zod';
import { reportStateSchema, toReportPageSchema } from '../../presentation/reportMessages';
import { Editor } from '../editor';
import { ReportPage } from './page';
import '../base.css';
import './report.css';

// The page may evaluate no text, which the faster way of checking would do.
z.config({ jitless: true });

new ReportPage(new Editor({ incoming: toReportPageSchema, state: reportStateSchema })).begin(
  document.body,
);
