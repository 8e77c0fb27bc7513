"""A published version never changes: the database itself refuses."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION policy_published_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'DRAFT' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE'
       OR (NEW.code, NEW.version, NEW.title, NEW.files, NEW.hash, NEW.in_force_from)
          IS DISTINCT FROM (OLD.code, OLD.version, OLD.title, OLD.files, OLD.hash, OLD.in_force_from)
    THEN
        RAISE EXCEPTION 'a published pack version never changes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_published_stays BEFORE UPDATE OR DELETE ON policy_packversion
    FOR EACH ROW EXECUTE FUNCTION policy_published_stays();
"""
BACKWARD = """
DROP TRIGGER policy_published_stays ON policy_packversion;
DROP FUNCTION policy_published_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
