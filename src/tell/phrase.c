/* SPDX-License-Identifier: Apache-2.0
 *
 * phrase.c - sentences and words in three languages.
 *
 * WHY    Seoul, Tokyo and Washington read the same finding. A number must come with the same degree
 *        in each language, so words of the scales are translated one by one and never paraphrased.
 *        FORM phrases.def; a table from English words to the others.
 * TRUST  Templates are ours; arguments are anybody's text and go through the page.
 * OWNS   Nothing.
 */
#include "tell/phrase.h"

#include "base/error.h"

static const char *const PHRASES[HMI_PHRASE_COUNT][HMI_LANGUAGE_COUNT] = {
#define PHRASE(name, en, ko, ja) { en, ko, ja },
#include "tell/phrases.def"
#undef PHRASE
};

static const char *const WORDS[][HMI_LANGUAGE_COUNT] = {
    /* ENFSI */
    { "no support either way", "어느 쪽도 지지하지 않음", "どちらの支持でもない" },
    { "weak support", "약한 지지", "弱い支持" },
    { "moderate support", "중간 정도의 지지", "中程度の支持" },
    { "moderately strong support", "다소 강한 지지", "やや強い支持" },
    { "strong support", "강한 지지", "強い支持" },
    { "very strong support", "매우 강한 지지", "非常に強い支持" },
    { "extremely strong support", "극히 강한 지지", "極めて強い支持" },
    { "weak support for unrelated origins", "무관하다는 가설에 대한 약한 지지",
      "無関係であるとする仮説への弱い支持" },
    { "moderate support for unrelated origins", "무관하다는 가설에 대한 중간 정도의 지지",
      "無関係であるとする仮説への中程度の支持" },
    { "moderately strong support for unrelated origins", "무관하다는 가설에 대한 다소 강한 지지",
      "無関係であるとする仮説へのやや強い支持" },
    /* ICD 203 */
    { "almost no chance", "가능성이 거의 없음", "可能性はほとんどない" },
    { "very unlikely", "가능성이 매우 낮음", "可能性は非常に低い" },
    { "unlikely", "가능성이 낮음", "可能性は低い" },
    { "roughly even chance", "반반 정도", "ほぼ五分五分" },
    { "likely", "가능성이 높음", "可能性が高い" },
    { "very likely", "가능성이 매우 높음", "可能性が非常に高い" },
    { "almost certain", "거의 확실함", "ほぼ確実" },
    /* groups of traits */
    { "code", "코드", "コード" },
    { "build marks", "빌드 흔적", "ビルドの痕跡" },
    { "files", "파일", "ファイル" },
    { "text", "문자열", "文字列" },
    { "infrastructure", "인프라", "インフラ" },
    { "behaviour", "행위", "振る舞い" },
    { "techniques", "기법", "手法" },
    /* classes */
    { "function", "함수", "関数" },
    { "functions", "함수", "関数" },
    { "addresses", "IP 주소", "IP アドレス" },
    { "domains", "도메인", "ドメイン名" },
    { "constant table or key", "상수 표 또는 키", "定数表または鍵" },
    { "algorithm", "알고리즘", "アルゴリズム" },
    { "rare constant", "드문 상수", "希少な定数" },
    { "compiler or linker", "컴파일러 또는 링커", "コンパイラまたはリンカ" },
    { "Rich header", "Rich 헤더", "Rich ヘッダー" },
    { "PDB path", "PDB 경로", "PDB パス" },
    { "import hash", "임포트 해시", "インポートハッシュ" },
    { "set of exports", "익스포트 집합", "エクスポートの組" },
    { "section hash", "섹션 해시", "セクションハッシュ" },
    { "resource hash", "리소스 해시", "リソースハッシュ" },
    { "language", "언어", "言語" },
    { "build time", "빌드 시각", "ビルド時刻" },
    { "build id", "빌드 ID", "ビルド ID" },
    { "version information", "버전 정보", "バージョン情報" },
    { "section names", "섹션 이름", "セクション名" },
    { "source path", "소스 경로", "ソースのパス" },
    { "overlay hash", "오버레이 해시", "オーバーレイハッシュ" },
    { ".NET module id", ".NET 모듈 ID", ".NET モジュール ID" },
    { "packer", "패커", "パッカー" },
    { "icon hash", "아이콘 해시", "アイコンハッシュ" },
    { "code at the entry point", "진입점 코드", "エントリーポイントのコード" },
    { "signer", "서명자", "署名者" },
    { "Authenticode hash", "Authenticode 해시", "Authenticode ハッシュ" },
    { "file name", "파일 이름", "ファイル名" },
    { "YARA rule", "YARA 규칙", "YARA ルール" },
    { "string", "문자열", "文字列" },
    { "password", "암호", "パスワード" },
    { "mutex", "뮤텍스", "ミューテックス" },
    { "service name", "서비스 이름", "サービス名" },
    { "message to the victim", "피해자에게 남긴 메시지", "被害者へのメッセージ" },
    { "registry key", "레지스트리 키", "レジストリキー" },
    { "file path", "파일 경로", "ファイルパス" },
    { "named pipe", "명명된 파이프", "名前付きパイプ" },
    { "command line", "명령줄", "コマンドライン" },
    { "persona", "자칭 단체명", "自称の団体名" },
    { "address", "IP 주소", "IP アドレス" },
    { "address range", "IP 대역", "IP アドレス範囲" },
    { "domain", "도메인", "ドメイン名" },
    { "mail address", "전자우편 주소", "メールアドレス" },
    { "certificate", "인증서", "証明書" },
    { "autonomous system", "자율 시스템", "自律システム" },
    { "wallet", "지갑 주소", "ウォレット" },
    { "MAC address", "MAC 주소", "MAC アドレス" },
    { "onion service", "어니언 서비스", "オニオンサービス" },
    { "user agent", "사용자 에이전트", "ユーザーエージェント" },
    { "shape of requests", "요청 형태", "要求の形" },
    { "beacon", "비컨", "ビーコン" },
    { "order of steps", "단계 순서", "手順の順序" },
    { "active hours", "활동 시간대", "活動時間帯" },
    { "onset over hosts", "호스트별 발현 시점", "ホストごとの発現時刻" },
    { "account", "계정", "アカウント" },
    { "protocol mark", "프로토콜 특징", "プロトコルの特徴" },
    { "technique", "기법", "手法" },
    { "tool", "도구", "ツール" },
    { "rule hit", "탐지 규칙", "検知ルール" },
    { "vulnerability", "취약점", "脆弱性" },
};

bool hmi_language_find(hm_text word, hmi_language *ret)
{
    static const char *const CODES[HMI_LANGUAGE_COUNT] = { "en", "ko", "ja" };
    for (int i = 0; i < HMI_LANGUAGE_COUNT; i++) {
        if (hmi_text_is(word, CODES[i])) {
            *ret = (hmi_language)i;
            return true;
        }
    }
    return false;
}

hm_text hmi_phrase_text(hmi_language language, hmi_phrase phrase)
{
    return hmi_text_of(PHRASES[phrase][language]);
}

hm_text hmi_phrase_word(hmi_language language, const char *english)
{
    for (size_t i = 0; i < HMI_COUNT(WORDS); i++) {
        if (strcmp(WORDS[i][HMI_ENGLISH], english) == 0) {
            return hmi_text_of(WORDS[i][language]);
        }
    }
    return hmi_text_of(english);
}

hmi_phrase hmi_phrase_of_claim(bool attributed, int opinion)
{
    hmi_assert(opinion >= 1 && opinion <= 5);
    return (hmi_phrase)((attributed ? HMI_P_CLAIM_A1 : HMI_P_CLAIM_R1) + opinion - 1);
}

void hmi_page_phrase(hmi_page *page, hmi_phrase phrase, const hm_bytes *arguments, size_t count)
{
    const char *at = PHRASES[phrase][page->language];
    while (*at != '\0') {
        const char *open = strchr(at, '{');
        size_t len = open != NULL ? (size_t)(open - at) : strlen(at);
        hmi_page_text(page, hmi_bytes(at, len));
        at += len;
        if (open == NULL) {
            return;
        }
        bool value = open[1] == 'v';
        size_t number = (size_t)(open[value ? 2 : 1] - '0');
        hmi_assert(number < count && open[value ? 3 : 2] == '}');
        (value ? hmi_page_value : hmi_page_text)(page, arguments[number]);
        at = open + (value ? 4 : 3);
    }
}
