"""Synthetic rows as set statements: so many rows cost what the database takes to write them.

They say what the workflow would have written: each report with its measures, moves and audit
entries, contributions where duties are divided, and statuses as last approved. The audit entries
are numbered and not sealed; nobody verifies them here.

Numbers of tasks spread the cases: a task of a number that leaves 17 when divided by 131 is never
reported on, some reports are missing in some months, some are late.
"""

from collections.abc import Mapping

NEVER_REPORTED = "(number - 1) %% 131 = 16"

COPY_TASKS = """
    INSERT INTO tasks_task
        (number, chapter_id, title, division, open_ended, listed_agencies, status)
    WITH RECURSIVE again(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM again WHERE n < %s)
    SELECT number + 131 * n, chapter_id, title, division, open_ended, listed_agencies, status
    FROM again, tasks_task
"""
_OF_THE_LIST = """
    FROM tasks_task AS new
    JOIN tasks_task AS old ON old.number = (new.number - 1) %% 131 + 1
    JOIN {part} AS part ON part.task_id = old.id
    WHERE new.number > 131
"""
COPY_RESPONSIBILITIES = (
    "INSERT INTO tasks_responsibility (task_id, agency_id, role, position, written_name)"
    " SELECT new.id, part.agency_id, part.role, part.position, part.written_name"
    + _OF_THE_LIST.format(part="tasks_responsibility")
)
COPY_MEASURES = (
    "INSERT INTO tasks_measure (task_id, ordinal, text, status)"
    " SELECT new.id, part.ordinal, part.text, part.status"
    + _OF_THE_LIST.format(part="tasks_measure")
)
DEADLINES = """
    UPDATE tasks_task SET deadline = CASE number %% 3 WHEN 0 THEN %s WHEN 1 THEN %s END
    WHERE number %% 3 < 2
"""

# `cases` is a condition on the numbers of tasks.
REPORTS = """
    INSERT INTO progress_report
        (task_id, period_id, state, version, problems, next_steps, coordination, created_at,
         updated_at, updated_by_id, submitted_at, submitted_by_id, handed_in_on, approved_at)
    SELECT task.id, %(period)s, %(state)s, 2,
           CASE WHEN (number * 7 + %(month)s) %% 97 = 5 THEN '紫微一项尚待上级明确'
                ELSE '数据共享的口径仍需与相关部门进一步对齐' END,
           '下月继续推进' || substr(task.title, 1, 40), '',
           %(begun)s, %(submitted)s, person.id, %(submitted_or_null)s,
           CASE WHEN %(submitted_or_null)s IS NULL THEN NULL ELSE person.id END,
           %(handed_in)s, %(approved)s
    FROM tasks_task AS task
    JOIN tasks_responsibility AS lead ON lead.task_id = task.id AND lead.position = 1
    JOIN agencies_user AS person
      ON person.agency_id = lead.agency_id AND person.role = 'reporter'
    WHERE {cases}
    ORDER BY task.number
"""
REPORTS_LATE = """
    UPDATE progress_report SET handed_in_on = %(late)s
    WHERE period_id = %(period)s AND handed_in_on IS NOT NULL
      AND task_id IN (SELECT id FROM tasks_task WHERE (number + %(month)s) %% 10 = 3)
"""
MEASURES = """
    INSERT INTO progress_measureprogress (report_id, measure_id, status, text)
    SELECT report.id, measure.id,
           CASE WHEN task.number %% 9 = 0 AND (number * 3 + ordinal) %% 12 <= %(month)s
                THEN 'ongoing'
                WHEN (number * 7 + ordinal * 5) %% 40 <= %(month)s THEN 'completed'
                WHEN (number * 3 + ordinal) %% 12 <= %(month)s THEN 'in_progress'
                ELSE 'not_started' END,
           '第' || %(month_text)s || '批工作已办理：' || substr(measure.text, 1, 90)
    FROM progress_report AS report
    JOIN tasks_task AS task ON task.id = report.task_id
    JOIN tasks_measure AS measure ON measure.task_id = task.id
    WHERE report.period_id = %(period)s
    ORDER BY report.id, measure.ordinal
"""
MOVES = """
    INSERT INTO progress_reportevent
        (report_id, at, by_id, move, from_state, to_state, reason, content)
    SELECT report.id, %(at)s, {by}, %(move)s, %(before)s, %(after)s, %(reason)s, {content}
    FROM progress_report AS report
    WHERE report.period_id = %(period)s AND report.state IN {states}
    ORDER BY report.id
"""
_CONTENT_OF_A_REPORT = """
    {object}('measures', (
        SELECT {list}({object}('measure', measure.id, 'ordinal', measure.ordinal,
                               'status', said.status, 'text', said.text))
        FROM progress_measureprogress AS said
        JOIN tasks_measure AS measure ON measure.id = said.measure_id
        WHERE said.report_id = report.id),
      'problems', report.problems, 'next_steps', report.next_steps, 'coordination', '')
"""
CONTENT: Mapping[str, str] = {
    "sqlite": _CONTENT_OF_A_REPORT.format(object="json_object", list="json_group_array"),
    "postgresql": _CONTENT_OF_A_REPORT.format(object="jsonb_build_object", list="jsonb_agg"),
}
# What was handed in is what is decided on.
CONTENT_HANDED_IN = """
    (SELECT handed_in.content FROM progress_reportevent AS handed_in
     WHERE handed_in.report_id = report.id AND handed_in.move = 'submit')
"""
CONTRIBUTIONS = """
    INSERT INTO progress_contribution
        (task_id, period_id, agency_id, state, version, nothing_to_add, remarks, created_at,
         updated_at, updated_by_id, submitted_at, submitted_by_id, handed_in_on)
    SELECT task.id, %(period)s, part.agency_id, 'submitted', 2, FALSE, '', %(begun)s, %(submitted)s,
           person.id, %(submitted)s, person.id, %(handed_in)s
    FROM tasks_task AS task
    JOIN progress_report AS report ON report.task_id = task.id AND report.period_id = %(period)s
    JOIN tasks_responsibility AS part ON part.task_id = task.id AND part.position > 1
    JOIN agencies_user AS person
      ON person.agency_id = part.agency_id AND person.role = 'reporter'
    WHERE task.division = 'by_duty' AND report.handed_in_on IS NOT NULL
    ORDER BY task.number, part.position
"""
CONTRIBUTED_MEASURES = """
    INSERT INTO progress_measurecontribution (contribution_id, measure_id, text)
    SELECT contribution.id, measure.id, '本单位已配合完成第' || %(month_text)s || '批数据核对'
    FROM progress_contribution AS contribution
    JOIN tasks_measure AS measure
      ON measure.task_id = contribution.task_id AND measure.ordinal = 1
    WHERE contribution.period_id = %(period)s
"""
CONTRIBUTION_MOVES = """
    INSERT INTO progress_contributionevent
        (contribution_id, at, by_id, move, from_state, to_state, reason, content)
    SELECT contribution.id, %(submitted)s, contribution.updated_by_id, 'submit', 'draft',
           'submitted', '', '{{"measures": [], "remarks": "", "nothing_to_add": false}}'
    FROM progress_contribution AS contribution
    WHERE contribution.period_id = %(period)s
"""
AUDIT_ENTRIES = """
    INSERT INTO agencies_auditentry
        (at, by_id, via, act, kind, thing, changes, is_change, position, seal)
    SELECT event.at, event.by_id, 'page', 'report.' || event.move, 'report', event.report_id,
           '{{"state": ["draft", "submitted"]}}', TRUE,
           %(position)s + row_number() OVER (ORDER BY event.id), ''
    FROM progress_reportevent AS event
    JOIN progress_report AS report ON report.id = event.report_id
    WHERE report.period_id = %(period)s
"""
MEASURE_STATUSES = """
    UPDATE tasks_measure SET status = said.status
    FROM progress_measureprogress AS said
    JOIN progress_report AS report ON report.id = said.report_id
    WHERE said.measure_id = tasks_measure.id
      AND report.period_id = %(period)s AND report.state = 'approved'
"""
TASK_STATUSES = """
    UPDATE tasks_task SET status = found.status,
        completed_on = CASE WHEN found.status = 'completed'
                            THEN coalesce(tasks_task.completed_on, found.handed_in_on) END
    FROM (
        SELECT report.task_id, report.handed_in_on,
               CASE WHEN min(CASE WHEN measure.status = 'completed' THEN 1 ELSE 0 END) = 1
                    THEN 'completed'
                    WHEN min(CASE WHEN measure.status IN ('completed', 'ongoing')
                             THEN 1 ELSE 0 END) = 1 THEN 'ongoing'
                    WHEN max(CASE WHEN measure.status <> 'not_started' THEN 1 ELSE 0 END) = 0
                    THEN 'not_started' ELSE 'in_progress' END AS status
        FROM progress_report AS report
        JOIN tasks_measure AS measure ON measure.task_id = report.task_id
        WHERE report.period_id = %(period)s AND report.state = 'approved'
        GROUP BY report.task_id, report.handed_in_on
    ) AS found
    WHERE found.task_id = tasks_task.id
"""
# What a closing keeps, as the closing before kept it.
CLOSED_AS_BEFORE = (
    """
    UPDATE progress_reportingperiod SET (closed_at, closed_by_id, register_at_closing,
        light_rules_at_closing, calendar_at_closing) = (
            SELECT CAST(%(closed)s AS {moment}), closed_by_id, register_at_closing,
                   light_rules_at_closing, calendar_at_closing
            FROM progress_reportingperiod WHERE id = %(before)s)
    WHERE id = %(period)s
""",
    """
    INSERT INTO progress_keptlist (period_id, words)
    SELECT %(period)s, words FROM progress_keptlist WHERE period_id = %(before)s
""",
    """
    INSERT INTO progress_keptfigures (period_id, chapter_number, agency_id, figures)
    SELECT %(period)s, chapter_number, agency_id, figures
    FROM progress_keptfigures WHERE period_id = %(before)s ORDER BY id
""",
)
MOMENT: Mapping[str, str] = {"sqlite": "text", "postgresql": "timestamptz"}
