"""Two briefs that nobody reports: what a template is tried with, and the examples of the page.

One has something of everything, characters that XML means something else by among it; of the other
there is nothing, as in the first period before anybody has reported.
"""

from progress.workbooks.brief.context import (
    Brief,
    ChapterLine,
    Counts,
    HandingIn,
    Late,
    LateLine,
    Lights,
    MatterLine,
    Matters,
    ProblemLine,
    Problems,
    ResultLine,
    Results,
    Sentences,
)

_TASK = "推进生物医药研发用物品“白名单”制度"


def full_sample() -> Brief:
    """A month in which everything has happened once."""
    return Brief(
        period="2026年10月",
        day="2026年10月31日",
        before="2026年9月",
        is_open=True,
        masthead="服务业扩大开放综合试点工作专报",
        copy_number="000001",
        document="津服扩〔2026〕12号",
        signer="某某某",
        addressee="市服务业扩大开放领导小组",
        signature="统筹协调办公室",
        dated="2026年11月2日",
        copies="各责任单位",
        chapters_count=14,
        dropped=1,
        errata=1,
        tasks=Counts(131, 12, 5, 80, 34, "74%", "13%", "9.2%"),
        measures=Counts(337, 41, 13, 190, 93, "72.4%", "16%", "12.2%"),
        lights=Lights(5, 13, 60, 10, 2, 41),
        handing_in=HandingIn(131, 125, 118, 7, 6, "90.1%"),
        chapters=(
            ChapterLine(
                "一",
                "推动科技服务领域开放",
                Counts(14, 2, 1, 9, 2, "85.7%", "21.4%", "14.3%"),
                Lights(1, 2, 8, 1, 1, 1),
                "共14项任务，已完成2项、长期坚持1项、推进中9项、未启动2项；其中红灯1项、黄灯2项；"
                "落地率21.4%。",
            ),
            ChapterLine(
                "二",
                "深化金融服务领域开放",
                Counts(13, 0, 0, 13, 0, "100%", "0%", "0%"),
                Lights(0, 0, 13, 0, 0, 0),
                "共13项任务，推进中13项；落地率0%。",
            ),
        ),
        results=Results(
            all=1,
            policies=1,
            projects=0,
            firsts=0,
            practices=0,
            lines=(
                ResultLine(
                    "政策文件",
                    "天津市研发用物品进口管理办法",
                    "津药监〔2026〕8号",
                    "2026年10月12日",
                    1,
                    _TASK,
                    "市科技局",
                ),
            ),
        ),
        problems=Problems(
            tasks=1,
            shown=1,
            lines=(
                ProblemLine(
                    1, _TASK, "市科技局", "红灯", "与A&B公司的协议尚未签订（投资额<1亿元>待定）。"
                ),
            ),
        ),
        matters=Matters(
            all=1,
            shown=1,
            lines=(
                MatterLine(
                    1, _TASK, "市科技局", "2026年10月9日", "请市药监局、天津海关明确办理口径。"
                ),
            ),
        ),
        late=Late(
            all=1,
            lines=(LateLine(1, _TASK, "市科技局", "2026年9月30日", "推进中"),),
        ),
        said=Sentences(
            opening="《天津市加快推进服务业扩大开放综合试点任务清单》（以下简称《任务清单》）共14个章节、"
            "131项试点任务、337项落实举措。数据截至2026年10月31日，以审核通过的进展报告为准。",
            tasks="截至2026年10月31日，131项试点任务中，已完成12项、长期坚持5项、推进中80项、"
            "未启动34项，启动率74%、落地率13%、完成率9.2%。",
            change="与2026年9月相比，已完成任务增加3项，完成率提高2.3个百分点。",
            measures="按落实举措统计，337项落实举措中，已完成41项、长期坚持13项、推进中190项、"
            "未启动93项，启动率72.4%、落地率16%、完成率12.2%。",
            lights="按亮灯情况统计，红灯（逾期未完成）5项、黄灯（临近时限或本期未报送）13项、"
            "绿灯（正常推进）60项、蓝灯（按时完成）10项、逾期完成2项、未设时限41项。",
            handing_in="本期应于2026年10月23日前报送进展报告131份，已报送125份，其中按时报送118份，"
            "逾期报送7份，未报送6份，按时报送率90.1%。",
            results="本期形成成果1项，其中政策文件1项。",
            problems="本期审核通过的120份进展报告中，1项任务反映存在问题，具体如下：",
            matters="目前尚未办结的需协调事项1项，具体如下：",
            late="截至2026年10月31日，逾期未完成的任务5项；另有2项任务逾期后完成。",
            errata="本期关闭后作出更正1处，数据仍为关闭时的情况：任务1第2项举措的推进状态更正为推进中。",
            notes="落地率为已完成和长期坚持的任务占全部任务的比重。",
        ),
    )


def bare_sample() -> Brief:
    """A period of which nothing is known yet."""
    nothing = Counts(0, 0, 0, 0, 0, "—", "—", "—")
    return Brief(
        period="2026年10月",
        day="2026年10月31日",
        before="",
        is_open=False,
        masthead="",
        copy_number="",
        document="",
        signer="",
        addressee="",
        signature="",
        dated="2026年11月2日",
        copies="",
        chapters_count=0,
        dropped=0,
        errata=0,
        tasks=nothing,
        measures=nothing,
        lights=Lights(0, 0, 0, 0, 0, 0),
        handing_in=HandingIn(0, 0, 0, 0, 0, "—"),
        chapters=(),
        results=Results(0, 0, 0, 0, 0, ()),
        problems=Problems(0, 0, ()),
        matters=Matters(0, 0, ()),
        late=Late(0, ()),
        said=Sentences(*[""] * 12),
    )
